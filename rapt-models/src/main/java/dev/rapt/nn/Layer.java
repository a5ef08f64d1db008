package dev.rapt.nn;

import dev.rapt.autograd.Ops;
import dev.rapt.tensor.Tensor;

/** A layer of a block: attention, an MLP, a recurrent layer. */
public interface Layer {
  /** Maps x (B, T, D) to (B, T, D). */
  Tensor forward(Tensor x, Pass pass);

  /**
   * Returns {@code stream + forward(x)}; both are (B, T, D). Without gradients, a layer that ends
   * in a {@link Linear} fuses the addition with it.
   */
  default Tensor addTo(Tensor stream, Tensor x, Pass pass) {
    return Ops.add(stream, forward(x, pass));
  }
}
