package dev.rapt.train.optim;

import dev.rapt.autograd.Gradients;

/**
 * Updates parameters from their gradients. An optimiser is created for certain parameters and owns
 * its state. It must be called from one thread, and works on all cores.
 */
public sealed interface Optimizer extends AutoCloseable permits Adafactor, AdamW, Lion, Muon, Sgd {
  /**
   * Makes one update. Parameters without a gradient do not change; bf16 copies are updated with
   * their parameters.
   *
   * @param gradients of the parameters
   * @param lr learning rate of this step
   * @param gradScale factor of all gradients, for clipping
   */
  void step(Gradients gradients, double lr, double gradScale);

  /** The state, which checkpoints save and restore. */
  OptimizerState state();

  /** Frees the state. */
  @Override
  default void close() {
    state().close();
  }
}
