package dev.rapt.autograd.loss;

import dev.rapt.autograd.Ops;
import dev.rapt.kernel.Activation;
import dev.rapt.tensor.Tensor;

/** Distance of pairs of vectors, with gradients to both; the results are f32. */
public enum VectorDistance {
  /** 1 - cosine similarity, from 0 to 2. */
  COSINE {
    @Override
    public Tensor between(Tensor x, Tensor y) {
      Tensor opposite = Ops.scale(VectorSimilarity.COSINE.ofPairs(x, y), -1);
      return Ops.add(opposite, opposite.scope().floats(new float[] {1}, 1));
    }
  },
  /** Length of the difference. */
  EUCLIDEAN {
    @Override
    public Tensor between(Tensor x, Tensor y) {
      Tensor difference = difference(x, y);
      // the product with its own direction is the length, and has the length's gradient
      return VectorSimilarity.DOT.ofPairs(difference, VectorSimilarity.normalize(difference));
    }
  },
  /** Sum of the absolute differences of the components. */
  MANHATTAN {
    @Override
    public Tensor between(Tensor x, Tensor y) {
      Tensor above = Ops.activate(difference(x, y), Activation.RELU);
      Tensor below = Ops.activate(difference(y, x), Activation.RELU);
      return VectorSimilarity.rowSums(Ops.add(above, below));
    }
  };

  /**
   * Returns the distance of each row of x from the same row of y.
   *
   * @param x (..., D)
   * @param y (..., D)
   * @return (..., 1)
   */
  public abstract Tensor between(Tensor x, Tensor y);

  private static Tensor difference(Tensor x, Tensor y) {
    VectorSimilarity.requireSameShape("distance", x, y);
    return Ops.add(x, Ops.scale(y, -1));
  }
}
