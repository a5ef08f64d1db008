package dev.rapt.nn;

import dev.rapt.autograd.Ops;
import dev.rapt.tensor.Tensor;

/** A part of a block: attention, an MLP, or what takes their place. */
public interface Layer {
  /** Maps x (B, T, D) to (B, T, D). */
  Tensor forward(Tensor x, Pass pass);

  /**
   * Adds what this makes of x (B, T, D) to the residual stream (B, T, D). A part that ends in a
   * {@link Linear} does it in one pass over memory where no gradient is recorded.
   */
  default Tensor addTo(Tensor stream, Tensor x, Pass pass) {
    return Ops.add(stream, forward(x, pass));
  }
}
