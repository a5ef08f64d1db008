package dev.rapt.autograd.loss;

import dev.rapt.autograd.Ops;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.Tensor;
import java.util.Arrays;

/** Similarity of vectors, with gradients to both; the results are f32. */
public enum VectorSimilarity {
  /** Cosine of the angle between the vectors. */
  COSINE {
    @Override
    Tensor prepare(Tensor x) {
      return normalize(x);
    }
  },
  /** Dot product. */
  DOT {
    @Override
    Tensor prepare(Tensor x) {
      return x;
    }
  };

  /** Keeps the zero vector zero; vectors of length 1e-12 and more are normalised exactly. */
  private static final float EPS = 1e-24f;

  /** Returns the vectors whose dot products are the similarities. */
  abstract Tensor prepare(Tensor x);

  /**
   * Returns the similarity of each row of x to the same row of y.
   *
   * @param x (..., D)
   * @param y (..., D)
   * @return (..., 1)
   */
  public Tensor ofPairs(Tensor x, Tensor y) {
    requireSameShape("similarity", x, y);
    return rowSums(Ops.multiply(prepare(x), prepare(y)));
  }

  /**
   * Returns the similarity of each row of x to each row of y.
   *
   * @param x (B, D)
   * @param y (N, D)
   * @return (B, N)
   */
  public Tensor ofAll(Tensor x, Tensor y) {
    return Ops.linear(prepare(x), prepare(y), null, false, DType.F32);
  }

  /** Returns the vectors of the last dimension divided by their Euclidean lengths. */
  static Tensor normalize(Tensor x) {
    return Ops.l2Norm(x, EPS);
  }

  /** Returns the sums (..., 1) over the last dimension of x (..., D). */
  static Tensor rowSums(Tensor x) {
    float[] ones = new float[Math.toIntExact(x.lastDim())];
    Arrays.fill(ones, 1);
    return Ops.linear(x, x.scope().floats(ones, 1, ones.length), null, false, DType.F32);
  }

  static void requireSameShape(String name, Tensor x, Tensor y) {
    if (!x.shape().equals(y.shape())) {
      throw new IllegalArgumentException(
          "%s: both must have the same shape, got %s and %s".formatted(name, x.shape(), y.shape()));
    }
  }
}
