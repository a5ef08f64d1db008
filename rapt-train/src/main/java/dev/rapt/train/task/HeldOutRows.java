package dev.rapt.train.task;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.ToIntFunction;

/**
 * Held-out examples in the order in which they are measured: the longest first, so that batches
 * have little padding.
 *
 * @param <R> example
 */
public record HeldOutRows<R>(List<R> rows) {
  /** Sorts examples by their length in tokens. */
  public static <R> HeldOutRows<R> byLength(List<R> rows, ToIntFunction<R> length) {
    List<R> sorted = new ArrayList<>(rows);
    sorted.sort(Comparator.comparingInt(length).reversed());
    return new HeldOutRows<>(sorted);
  }

  /** Returns the number of examples. */
  public int size() {
    return rows.size();
  }

  /** Returns the examples in batches of this size; the last one may be smaller. */
  public List<List<R>> batches(int batchSize) {
    List<List<R>> batches = new ArrayList<>();
    for (int from = 0; from < rows.size(); from += batchSize) {
      batches.add(rows.subList(from, Math.min(rows.size(), from + batchSize)));
    }
    return batches;
  }
}
