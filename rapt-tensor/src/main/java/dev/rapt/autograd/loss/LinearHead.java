package dev.rapt.autograd.loss;

import dev.rapt.autograd.Ops;
import dev.rapt.compute.KernelChoice;
import dev.rapt.kernel.Matrix;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * Language-model head: logits = cap(scale (x W^T + b)), where cap(l) is the soft-capping {@code
 * softCap tanh(l / softCap)}.
 *
 * @param weight (V, D)
 * @param bias (V) f32, or null
 * @param scale factor of the logits, 1 in most models
 * @param softCap bound of the logits (logit soft-capping); 0 for none
 */
public record LinearHead(Tensor weight, @Nullable Tensor bias, float scale, float softCap) {
  public LinearHead {
    if (bias != null) {
      bias.requireShape("head: bias", weight.dim(0));
    }
    if (!(softCap >= 0)) {
      throw new IllegalArgumentException("head: softCap must be positive or 0, got " + softCap);
    }
  }

  /** Returns a head with the logits x W^T. */
  public static LinearHead of(Tensor weight) {
    return new LinearHead(weight, null, 1, 0);
  }

  /** Returns the logits (..., V) of x (..., D). */
  public Tensor logits(Tensor x) {
    Tensor logits = Ops.linear(x, weight, bias, false);
    if (scale != 1) {
      logits = Ops.scale(logits, scale);
    }
    return softCap == 0 ? logits : Ops.softCap(logits, softCap);
  }

  /** Returns the weight (V, D). */
  Matrix matrix() {
    return Matrix.of(weight.memory(), weight.dtype(), weight.dim(0), weight.dim(1));
  }

  @Nullable MemorySegment biasMemory() {
    return bias == null ? null : bias.requireType(DType.F32).memory();
  }

  /** Multiplies n elements of x W^T + b by the scale. */
  void scale(MemorySegment logits, long n) {
    if (scale != 1) {
      KernelChoice.kernels().elementwise().scale(logits, logits, scale, n);
    }
  }
}
