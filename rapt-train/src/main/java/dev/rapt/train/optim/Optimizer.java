package dev.rapt.train.optim;

import dev.rapt.autograd.Gradients;

/**
 * Updates parameters from their gradients. An optimiser belongs to the parameters it was made for
 * and owns the tensors it remembers between steps; for one thread, though it works on all cores.
 */
public sealed interface Optimizer extends AutoCloseable permits Adafactor, AdamW, Lion, Muon, Sgd {
  /**
   * One update. Parameters without a gradient stay as they are; bf16 copies are written with the
   * values.
   *
   * @param gradients of the parameters
   * @param lr learning rate of this step
   * @param gradScale factor of all gradients: clipping
   */
  void step(Gradients gradients, double lr, double gradScale);

  /** What is remembered between steps, to be saved with a checkpoint and restored from it. */
  OptimizerState state();

  /** Frees the state. */
  @Override
  default void close() {
    state().close();
  }
}
