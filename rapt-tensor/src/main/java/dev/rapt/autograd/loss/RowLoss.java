package dev.rapt.autograd.loss;

import dev.rapt.tensor.Tensor;
import java.lang.foreign.MemorySegment;

/** A loss of each row of logits (rows, V), as an operation computes it block by block. */
interface RowLoss {
  /** The targets (rows) i32; a row whose target is -100 has loss 0 and gradient 0. */
  Tensor targets();

  /** Prepares the rows [from, to), on one thread, before they are computed. */
  default void prepare(long from, long to) {}

  /**
   * Computes the losses of some rows and overwrites their logits by gradScale times the gradients.
   * Called for different rows at the same time.
   *
   * @param logits f32 (rows, V) from row {@code from} on; unchanged if gradScale is 0
   * @param losses f32 (rows), written
   */
  void compute(MemorySegment logits, MemorySegment losses, long from, long rows, float gradScale);
}
