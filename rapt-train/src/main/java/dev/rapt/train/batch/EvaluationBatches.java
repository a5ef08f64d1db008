package dev.rapt.train.batch;

import java.util.Iterator;
import java.util.NoSuchElementException;

/**
 * All windows once, in order, for measuring a loss. All batches have the same shape; surplus rows
 * of the last batch have no targets.
 */
public record EvaluationBatches(Windows windows, int batchSize) implements Iterable<TokenBatch> {
  public EvaluationBatches {
    DatasetChecks.requireBatchSize(batchSize, windows.seqLen());
  }

  /** Number of batches. */
  public long count() {
    return Math.ceilDiv(windows.count(), batchSize);
  }

  /** Number of tokens that all batches predict together. */
  public long predictedTokens() {
    long sum = 0;
    for (long w = 0; w < windows.count(); w++) {
      sum += windows.span(w).count();
    }
    return sum;
  }

  /** A batch by its number, counted from 0. */
  public TokenBatch batch(long number) {
    long[] rows = new long[batchSize];
    for (int b = 0; b < batchSize; b++) {
      long window = number * batchSize + b;
      rows[b] = window < windows.count() ? window : -1;
    }
    return windows.batch(rows);
  }

  @Override
  public Iterator<TokenBatch> iterator() {
    return new Iterator<>() {
      private long next;

      @Override
      public boolean hasNext() {
        return next < count();
      }

      @Override
      public TokenBatch next() {
        if (!hasNext()) {
          throw new NoSuchElementException(
              "evaluation: must have a next batch, got the end after " + count());
        }
        return batch(next++);
      }
    };
  }
}
