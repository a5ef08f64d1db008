package dev.rapt.train.batch;

/**
 * Batches for training. The batch of a step depends only on the step and the seed of the sampler,
 * so that a run can be resumed at any step without saved state. Safe for use by several threads.
 *
 * @param <B> kind of batch
 */
public interface BatchSampler<B extends Batch> {
  /** Number of rows in a batch; the last one of an epoch may have fewer. */
  int batchSize();

  /** Length of the longest sequences in tokens. */
  int seqLen();

  /**
   * The batch of a step. With gradient accumulation over k batches, optimiser step s uses the
   * batches k * s to k * s + k - 1.
   *
   * @param step number of the batch, counted from 0
   */
  B batch(long step);

  /** Number of batches in an epoch: about as many as see every token once. */
  long stepsPerEpoch();
}
