package dev.rapt.train.batch;

/** A batch of training: rows of tokens with what the model is to predict. */
public interface Batch {
  /** Number of rows, B. */
  int batchSize();

  /**
   * Number of tokens, padding included, over which the speed of training is counted; asked for when
   * the batch has been used.
   */
  long numTokens();

  /** Number of targets that count in the loss, by which a sum of losses is divided. */
  long numTargets();

  /** Weight of the targets in the loss: their number, unless they have weights of their own. */
  default double weight() {
    return numTargets();
  }
}
