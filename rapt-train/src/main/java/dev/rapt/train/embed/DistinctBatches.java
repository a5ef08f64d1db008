package dev.rapt.train.embed;

import dev.rapt.train.batch.BatchSampler;
import dev.rapt.train.random.KeyedPermutation;
import dev.rapt.train.random.Philox;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Examples in a different random order each epoch, no text twice in a batch: a second one would be
 * a negative of its own example. An example goes into the first batch that has room and none of its
 * texts; those that find none are left out of the epoch, others in each. After NoDuplicates of
 * sentence-transformers.
 */
public final class DistinctBatches implements BatchSampler<EmbeddingBatch> {
  private final List<EmbeddingExample> rows;
  private final int batchSize;
  private final long seed;
  private final Function<List<EmbeddingExample>, EmbeddingBatch> collate;
  private final int numBatches;
  private final int longest;
  private @Nullable Epoch latest;

  /** The rows of the batches of an epoch. */
  private record Epoch(long number, List<List<Integer>> batches) {}

  /**
   * Prepares batches.
   *
   * @param rows the examples
   * @param batchSize most examples of a batch
   * @param seed seed of the orders
   * @param collate makes a batch of examples
   */
  public DistinctBatches(
      List<EmbeddingExample> rows,
      int batchSize,
      long seed,
      Function<List<EmbeddingExample>, EmbeddingBatch> collate) {
    this.rows = rows;
    this.batchSize = batchSize;
    this.seed = seed;
    this.collate = collate;
    Map<Integer, Integer> counts = new HashMap<>();
    rows.forEach(row ->
        Arrays.stream(row.textIds()).distinct().forEach(id -> counts.merge(id, 1, Integer::sum)));
    int mostFrequent = counts.values().stream().mapToInt(Integer::intValue).max().orElse(0);
    numBatches = Math.max(Math.ceilDiv(rows.size(), batchSize), mostFrequent);
    longest = rows.stream().mapToInt(EmbeddingExample::longest).max().orElse(0);
  }

  @Override
  public int batchSize() {
    return batchSize;
  }

  @Override
  public int seqLen() {
    return longest;
  }

  @Override
  public long stepsPerEpoch() {
    return numBatches;
  }

  @Override
  public EmbeddingBatch batch(long step) {
    List<Integer> numbers =
        epoch(step / numBatches).batches().get(Math.toIntExact(step % numBatches));
    return collate.apply(numbers.stream().map(rows::get).toList());
  }

  private synchronized Epoch epoch(long number) {
    Epoch present = latest;
    if (present == null || present.number() != number) {
      present = new Epoch(number, fill(number));
      latest = present;
    }
    return present;
  }

  private List<List<Integer>> fill(long number) {
    KeyedPermutation order = new KeyedPermutation(rows.size(), Philox.bits(seed, -1, number));
    List<List<Integer>> batches = new ArrayList<>();
    for (int i = 0; i < numBatches; i++) {
      batches.add(new ArrayList<>());
    }
    Map<Integer, Integer> after = new HashMap<>(); // of a text: behind the last batch that has it
    int firstOpen = 0;
    for (int i = 0; i < rows.size(); i++) {
      int row = (int) order.at(i);
      int at = firstOpen;
      for (int id : rows.get(row).textIds()) {
        at = Math.max(at, after.getOrDefault(id, 0));
      }
      while (at < numBatches && batches.get(at).size() == batchSize) {
        at++;
      }
      if (at == numBatches) {
        continue;
      }
      batches.get(at).add(row);
      for (int id : rows.get(row).textIds()) {
        after.put(id, at + 1);
      }
      while (firstOpen < numBatches && batches.get(firstOpen).size() == batchSize) {
        firstOpen++;
      }
    }
    return batches;
  }
}
