package dev.rapt.train.batch;

import dev.rapt.train.random.KeyedPermutation;
import dev.rapt.train.random.Philox;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Function;
import java.util.function.ToIntFunction;

/**
 * Examples once per epoch, in a different random order each epoch, those of similar lengths in one
 * batch, so that there is little padding: the examples are shuffled, divided into groups of some
 * batches, sorted by length in each group and cut into batches, whose order is random again. The
 * last batch of a group may have fewer rows.
 *
 * @param <R> example
 * @param <B> kind of batch
 * @param rows the examples
 * @param batchSize examples of a batch
 * @param length tokens of an example
 * @param seed seed of the orders
 * @param collate makes a batch of examples
 */
public record GroupedRows<R, B extends Batch>(
    List<R> rows, int batchSize, ToIntFunction<R> length, long seed, Function<List<R>, B> collate)
    implements BatchSampler<B> {
  private static final int BATCHES_OF_GROUP = 50;

  /**
   * Checks the sizes.
   *
   * @throws IllegalArgumentException if there is no example, or the batch size is not positive
   */
  public GroupedRows {
    if (rows.isEmpty() || batchSize < 1) {
      throw new IllegalArgumentException(
          "batches: examples and batch size must be at least 1, got %d and %d"
              .formatted(rows.size(), batchSize));
    }
  }

  @Override
  public int seqLen() {
    return rows.stream().mapToInt(length).max().orElse(0);
  }

  @Override
  public B batch(long step) {
    long epoch = step / stepsPerEpoch();
    long number = step % stepsPerEpoch();
    long group = number / BATCHES_OF_GROUP;
    int groupRows = batchSize * BATCHES_OF_GROUP;
    int from = Math.toIntExact(group * groupRows);
    int size = Math.min(groupRows, rows.size() - from);
    KeyedPermutation order = new KeyedPermutation(rows.size(), Philox.bits(seed, -1, epoch));
    List<R> members = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      members.add(rows.get((int) order.at(from + i)));
    }
    members.sort(Comparator.comparingInt(length).reversed());
    int batches = Math.ceilDiv(size, batchSize);
    long key = Philox.bits(seed, epoch, group);
    int chosen = (int) new KeyedPermutation(batches, key).at(number % BATCHES_OF_GROUP);
    int start = chosen * batchSize;
    return collate.apply(members.subList(start, Math.min(size, start + batchSize)));
  }

  @Override
  public long stepsPerEpoch() {
    return Math.ceilDiv(rows.size(), batchSize);
  }
}
