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

  /** Returns the values in f32: x itself if it is f32, otherwise a new tensor in this scope. */
  public static Tensor toFloat(Scope scope, Tensor x) {
    return Precision.widen(scope, x);
  }
}
