package dev.rapt.train.data;

/**
 * Batches for training: the batch of a step is a function of the step (and of the seed the sampler
 * was made with) alone, so that a run can be resumed at any step without saved state. Safe for use
 * by several threads.
 */
public interface BatchSampler {
  int batchSize();

  int seqLen();

  /**
   * The batch of a step. With gradient accumulation over k batches, optimiser step s uses the
   * batches k * s to k * s + k - 1.
   *
   * @param step from 0 on
   */
  TokenBatch batch(long step);

  /** Batches until about every token has been seen once. */
  long stepsPerEpoch();
}
