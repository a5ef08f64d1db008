package dev.rapt.compute.rows;

import dev.rapt.tensor.DType;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;

/**
 * Conversion of whole tensors to f32 and back, for kernels that need more than a block of rows at a
 * time.
 */
public final class Precision {
  private Precision() {}

  /** Returns the values in f32: the tensor itself, or a copy that {@link #drop} releases. */
  public static Tensor widen(Scope scope, Tensor x) {
    if (x.dtype() == DType.F32) {
      return x;
    }
    Tensor wide = scope.empty(DType.F32, x.shape());
    Arithmetic.copy(wide, x);
    return wide;
  }

  /** Returns an f32 tensor for the result: out itself, or a new one for {@link #narrowInto}. */
  public static Tensor wideTarget(Scope scope, Tensor out) {
    return out.dtype() == DType.F32 ? out : scope.empty(DType.F32, out.shape());
  }

  /** Rounds the f32 result into its target and frees the f32 copy. */
  public static void narrowInto(Tensor out, Tensor wide) {
    if (out != wide) {
      Arithmetic.copy(out, wide);
      wide.scope().release(wide);
    }
  }

  /** Frees a copy made by {@link #widen}. */
  public static void drop(Tensor wide, Tensor x) {
    if (wide != x) {
      wide.scope().release(wide);
    }
  }
}
