package dev.rapt.nn;

import dev.rapt.autograd.Casts;
import dev.rapt.autograd.Ops;
import dev.rapt.autograd.QuantizedMatrix;
import dev.rapt.autograd.Tape;
import dev.rapt.compute.KernelChoice;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * Low-rank update of the weight W of a linear layer, which itself stays as it is.
 *
 * <pre>
 * LoRA   y = x W' + s (dropout(x) A') B'                        arXiv:2106.09685, section 4.1
 * DoRA   y = (x W' + s (dropout(x) A') B') m / |W + s B A|      arXiv:2402.09353, section 4
 * </pre>
 *
 * The norm is that of each row; its gradient is left out, as in section 4.3 of the DoRA paper.
 *
 * @param down A (rank, input)
 * @param up B (output, rank)
 * @param scale s
 * @param magnitude m (output) of DoRA, or null for LoRA
 * @param dropout probability of dropout in training
 */
public record LowRank(
    Parameter down, Parameter up, float scale, @Nullable Parameter magnitude, float dropout) {
  /** Returns whether this is DoRA. */
  boolean isDora() {
    return magnitude != null;
  }

  /** Returns whether gradients are recorded for it. */
  boolean isTrained() {
    return down.isTrained() || up.isTrained() || (magnitude != null && magnitude.isTrained());
  }

  /**
   * Adds the update to a product.
   *
   * @param y x W' (..., output), with the bias for LoRA, without for DoRA; must not be used
   *     afterwards
   * @param x (..., input)
   * @param weight W
   */
  Tensor addTo(Tensor y, Tensor x, Parameter weight) {
    Tensor low = Ops.linear(dropped(x), down.compute(), null, false); // (..., rank)
    Tensor sum = Ops.addLinear(y, Ops.scale(low, scale), up.compute());
    if (magnitude == null) {
      return sum;
    }
    float[] inverse = norms(weight);
    for (int r = 0; r < inverse.length; r++) {
      inverse[r] = 1 / inverse[r];
    }
    Tensor factors = Ops.multiply(magnitude.value(), x.scope().floats(inverse, inverse.length));
    return Ops.multiply(sum, factors);
  }

  /** Applies dropout in training; the elements follow from the seed and the name of the layer. */
  private Tensor dropped(Tensor x) {
    OptionalLong seed = dropout == 0 ? OptionalLong.empty() : Tape.dropoutSeed(x.scope());
    return seed.isEmpty()
        ? x
        : Ops.dropout(x, dropout, seed.getAsLong() * 0x9E3779B97F4A7C15L + nameHash());
  }

  private long nameHash() {
    long hash = 0;
    for (int i = 0; i < down.name().length(); i++) {
      hash = 31 * hash + down.name().charAt(i);
    }
    return hash;
  }

  /**
   * Returns the norm of each row of W + s B A, (output). Its square is |w|^2 + 2 s b (A w) + s^2 b
   * (A A') b' for row w of W and row b of B, so that W + s B A is never computed.
   */
  public float[] norms(Parameter weight) {
    double[] squares = weight.rowSquares().clone();
    int rank = Math.toIntExact(down.shape().dim(0));
    try (Scope scratch = Scope.open()) {
      Tensor a = scratch.alias(down.value());
      float[] gram = Ops.linear(a, a, null, false).toFloats(); // A A', (rank, rank)
      float[] products = product(a, weight).toFloats(); // A W', (rank, output)
      float[] b = up.value().toFloats();
      int outputs = squares.length;
      float[] norms = new float[outputs];
      for (int o = 0; o < outputs; o++) {
        double cross = 0;
        double square = 0;
        for (int i = 0; i < rank; i++) {
          double own = b[o * rank + i];
          cross += own * products[i * outputs + o];
          for (int j = 0; j < rank; j++) {
            square += own * b[o * rank + j] * gram[i * rank + j];
          }
        }
        norms[o] = (float) Math.sqrt(squares[o] + 2 * scale * cross + scale * scale * square);
      }
      return norms;
    }
  }

  private static Tensor product(Tensor a, Parameter weight) {
    QuantizedMatrix quantized = weight.quantized();
    return quantized == null
        ? Ops.linear(a, weight.stored(), null, weight.isInputMajor())
        : Ops.linear(a, quantized, null, DType.F32);
  }

  /**
   * Returns the updated weight in f32, in the layout of the given one.
   *
   * @param weight (input, output) if {@code inputMajor}, else (output, input), of any
   *     floating-point dtype
   */
  public Tensor merged(Scope scope, Tensor weight, boolean inputMajor) {
    Tensor updated = sum(scope, widened(scope, weight, inputMajor));
    if (magnitude != null) {
      float[] factors = norms(updated);
      for (int r = 0; r < factors.length; r++) {
        factors[r] = magnitude.value().getFloat(r) / factors[r];
      }
      updated = Ops.multiply(updated, scope.floats(factors, factors.length, 1));
    }
    return inputMajor ? Ops.transpose(scope, updated) : updated;
  }

  private static Tensor widened(Scope scope, Tensor weight, boolean inputMajor) {
    Tensor wide = scope.empty(DType.F32, weight.shape());
    Casts.copy(wide, weight);
    return inputMajor ? Ops.transpose(scope, wide) : wide; // (output, input)
  }

  /** Returns W + s B A (output, input). */
  private Tensor sum(Scope scope, Tensor wide) {
    Tensor product = Ops.linear(in(scope, up.value()), in(scope, down.value()), null, true);
    return Ops.add(wide, Ops.scale(product, scale));
  }

  private static Tensor in(Scope scope, Tensor value) {
    return value.shadow(scope.alias(value));
  }

  private static float[] norms(Tensor matrix) {
    long rowBytes = matrix.lastDim() * Float.BYTES;
    float[] norms = new float[Math.toIntExact(matrix.dim(0))];
    for (int r = 0; r < norms.length; r++) {
      double squares =
          KernelChoice.kernels()
              .elementwise()
              .sumOfSquares(matrix.memory().asSlice(r * rowBytes, rowBytes), matrix.lastDim());
      norms[r] = (float) Math.sqrt(squares);
    }
    return norms;
  }
}
