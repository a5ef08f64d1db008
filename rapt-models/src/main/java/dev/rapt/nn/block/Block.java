package dev.rapt.nn.block;

import dev.rapt.nn.Pass;
import dev.rapt.tensor.Tensor;

/** One step of the residual stream; the implementations differ in the order of norm and sum. */
public interface Block {
  /** Maps the residual stream x (B, T, D) to (B, T, D). */
  Tensor forward(Tensor x, Pass pass);

  /** Whether the stream goes past this block in a pass. */
  default boolean isSkipped(Pass pass) {
    return false;
  }
}
