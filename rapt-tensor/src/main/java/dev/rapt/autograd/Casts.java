package dev.rapt.autograd;

import dev.rapt.compute.rows.Arithmetic;
import dev.rapt.compute.rows.Precision;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;

/** Conversions between element types, outside the tape. */
public final class Casts {
  private Casts() {}

  /** Writes the values of x into out, which has as many elements, rounding to nearest even. */
  public static void copy(Tensor out, Tensor x) {
    Arithmetic.copy(out, x);
  }

  /** The values as f32: the tensor itself if it is, else a new one in this scope. */
  public static Tensor toFloat(Scope scope, Tensor x) {
    return Precision.widen(scope, x);
  }
}
