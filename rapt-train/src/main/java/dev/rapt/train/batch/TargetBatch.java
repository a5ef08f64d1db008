package dev.rapt.train.batch;

/**
 * Texts with what is to be predicted of them.
 *
 * @param <T> targets
 * @param texts the texts
 * @param targets their targets
 * @param numTargets number of targets that count in the loss
 * @param weight their weight in the loss
 */
public record TargetBatch<T>(TextBatch texts, T targets, long numTargets, double weight)
    implements Batch {
  /** A batch whose targets have equal weights. */
  public TargetBatch(TextBatch texts, T targets, long numTargets) {
    this(texts, targets, numTargets, (double) numTargets);
  }

  @Override
  public int batchSize() {
    return texts.batchSize();
  }

  @Override
  public long numTokens() {
    return texts.numTokens();
  }
}
