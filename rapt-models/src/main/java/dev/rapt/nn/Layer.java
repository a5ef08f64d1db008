package dev.rapt.nn;

import dev.rapt.tensor.Tensor;

/** A part of a block: attention, an MLP, or what takes their place. */
public interface Layer {
  /** Maps x (B, T, D) to (B, T, D). */
  Tensor forward(Tensor x, Pass pass);
}
