package dev.rapt.train.task.reinforce;

import dev.rapt.train.batch.Batch;

/**
 * A batch of answers that are sampled when the batch is used.
 *
 * <p>The number of tokens is 0 until then.
 */
final class RolloutBatch implements Batch {
  private final long rollout;
  private final int use;
  private final int numAnswers;
  private long numTokens;

  /**
   * A batch.
   *
   * @param rollout number of the rollout whose answers it uses
   * @param use number of the use of the rollout, counted from 0
   */
  RolloutBatch(long rollout, int use, int numAnswers) {
    this.rollout = rollout;
    this.use = use;
    this.numAnswers = numAnswers;
  }

  long rollout() {
    return rollout;
  }

  int use() {
    return use;
  }

  /** Sets the number of tokens, when the answers are known. */
  void sampled(long tokens) {
    numTokens = tokens;
  }

  @Override
  public int batchSize() {
    return numAnswers;
  }

  @Override
  public long numTokens() {
    return numTokens;
  }

  @Override
  public long numTargets() {
    return numAnswers;
  }
}
