package dev.rapt.train.batch;

import dev.rapt.train.random.KeyedPermutation;
import dev.rapt.train.random.Philox;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * Examples once per epoch, in a different random order each epoch. The last batch of an epoch may
 * have fewer rows.
 *
 * @param <R> example
 * @param <B> kind of batch
 * @param rows the examples
 * @param batchSize examples of a batch
 * @param seqLen tokens of the longest example
 * @param seed seed of the orders
 * @param collate makes a batch of examples
 */
public record ShuffledRows<R, B extends Batch>(
    List<R> rows, int batchSize, int seqLen, long seed, Function<List<R>, B> collate)
    implements BatchSampler<B> {
  /**
   * Checks the sizes.
   *
   * @throws IllegalArgumentException if there is no example, or the batch size is not positive
   */
  public ShuffledRows {
    if (rows.isEmpty() || batchSize < 1) {
      throw new IllegalArgumentException(
          "batches: examples and batch size must be at least 1, got %d and %d"
              .formatted(rows.size(), batchSize));
    }
  }

  @Override
  public B batch(long step) {
    List<R> batch = new ArrayList<>();
    for (int row : rowsOf(step)) {
      batch.add(rows.get(row));
    }
    return collate.apply(batch);
  }

  /** Returns the numbers of the examples in the batch of a step. */
  public int[] rowsOf(long step) {
    long epoch = step / stepsPerEpoch();
    long from = step % stepsPerEpoch() * batchSize;
    int[] numbers = new int[(int) Math.min(batchSize, rows.size() - from)];
    KeyedPermutation order = new KeyedPermutation(rows.size(), Philox.bits(seed, -1, epoch));
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = (int) order.at(from + i);
    }
    return numbers;
  }

  @Override
  public long stepsPerEpoch() {
    return Math.ceilDiv(rows.size(), batchSize);
  }
}
