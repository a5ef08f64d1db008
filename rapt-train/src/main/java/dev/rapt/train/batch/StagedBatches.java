package dev.rapt.train.batch;

/**
 * Batches of one sampler for the first steps, then those of another from its beginning: another
 * batch size or another text. Both have the same sequence length.
 *
 * @param <B> kind of batch
 * @param steps batches taken from {@code first}
 */
public record StagedBatches<B extends Batch>(
    BatchSampler<B> first, long steps, BatchSampler<B> then) implements BatchSampler<B> {
  public StagedBatches {
    if (steps < 0) {
      throw new IllegalArgumentException("stages: steps must be 0 or more, got " + steps);
    }
    if (first.seqLen() != then.seqLen()) {
      throw new IllegalArgumentException(
          "stages: sequences must be equally long, got "
              + first.seqLen()
              + " and "
              + then.seqLen()
              + " tokens");
    }
  }

  /** Rows of a batch of the last stage. */
  @Override
  public int batchSize() {
    return then.batchSize();
  }

  @Override
  public int seqLen() {
    return then.seqLen();
  }

  @Override
  public B batch(long step) {
    return step < steps ? first.batch(step) : then.batch(step - steps);
  }

  @Override
  public long stepsPerEpoch() {
    return then.stepsPerEpoch();
  }
}
