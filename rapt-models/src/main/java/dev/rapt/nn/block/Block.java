package dev.rapt.nn.block;

import dev.rapt.nn.Pass;
import dev.rapt.tensor.Tensor;

/**
 * A transformer block on the residual stream; the implementations differ in the order of norm,
 * layer and sum.
 */
public interface Block {
  /** Maps the residual stream x (B, T, D) to (B, T, D). */
  Tensor forward(Tensor x, Pass pass);

  /** Returns whether a pass skips this block. */
  default boolean isSkipped(Pass pass) {
    return false;
  }

  /** Returns whether training changes parameters of this block; true if that is not known. */
  default boolean isTrained() {
    return true;
  }
}
