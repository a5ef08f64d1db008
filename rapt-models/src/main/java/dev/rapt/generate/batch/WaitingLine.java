package dev.rapt.generate.batch;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/**
 * Requests that wait: the highest priority first, then callers in turn, then the order of arrival.
 * Sequences that were preempted come before all others.
 */
final class WaitingLine {
  private final List<RunningSequence> waiting = new ArrayList<>();
  private final List<RunningSequence> preempted = new ArrayList<>();

  /** For each caller the number of its last request that was started, as a place in the turn. */
  private final Map<String, Long> lastTurn = new HashMap<>();

  private long turns;

  void add(RunningSequence sequence) {
    waiting.add(sequence);
  }

  void addPreempted(RunningSequence sequence) {
    preempted.add(sequence);
    preempted.sort(Comparator.comparingLong(s -> s.number));
  }

  int size() {
    return waiting.size() + preempted.size();
  }

  /** All that wait, in the order in which they would start. */
  List<RunningSequence> inOrder() {
    List<RunningSequence> order = new ArrayList<>(preempted);
    waiting.stream()
        .sorted(
            Comparator.<RunningSequence>comparingInt(s -> -s.request.priority())
                .thenComparingLong(s -> lastTurn.getOrDefault(s.request.caller(), 0L))
                .thenComparingLong(s -> s.number))
        .forEach(order::add);
    return order;
  }

  /** Removes a sequence that starts. */
  void start(RunningSequence sequence) {
    if (!preempted.remove(sequence)) {
      waiting.remove(sequence);
      lastTurn.put(sequence.request.caller(), ++turns);
      if (waiting.isEmpty()) {
        lastTurn.clear();
      }
    }
  }

  void removeIf(Predicate<RunningSequence> ended) {
    waiting.removeIf(ended);
    preempted.removeIf(ended);
  }
}
