package dev.rapt.nn;

import dev.rapt.autograd.Casts;
import dev.rapt.autograd.Ops;
import dev.rapt.compute.KernelChoice;
import dev.rapt.kernel.Activation;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Low-rank update of the weight W of a linear layer, which itself stays as it is.
 *
 * <pre>
 * LoRA   y = x W' + s (x A') B'                        arXiv:2106.09685, section 4.1
 * DoRA   y = (x W' + s (x A') B') m / |W + s B A|      arXiv:2402.09353, section 4
 * </pre>
 *
 * The norm is that of each row; its gradient is left out, as in section 4.3 of the DoRA paper.
 *
 * @param down A (rank, input)
 * @param up B (output, rank)
 * @param scale s
 * @param magnitude m (output) of DoRA, or null for LoRA
 */
public record LowRank(Parameter down, Parameter up, float scale, @Nullable Parameter magnitude) {
  /**
   * Adds the update to a product.
   *
   * @param y x W' (..., output), without bias
   * @param x (..., input)
   * @param weight W
   */
  Tensor addTo(Tensor y, Tensor x, Parameter weight) {
    Tensor low = Ops.scale(Ops.linear(x, down.compute(), null, false), scale); // (..., rank)
    Tensor sum = Ops.linear(low, up.compute(), null, false, Activation.IDENTITY, y);
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

  /** Returns the norm of each row of W + s B A, (output). */
  public float[] norms(Parameter weight) {
    try (Scope scratch = Scope.open()) {
      return norms(sum(scratch, widened(scratch, weight.stored(), weight.isInputMajor())));
    }
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
