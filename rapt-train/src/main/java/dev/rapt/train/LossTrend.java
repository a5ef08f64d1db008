package dev.rapt.train;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Locale;
import java.util.Optional;

/** Compares the losses at the end of a run with those at its beginning. */
public final class LossTrend implements TrainListener {
  private static final int LEAST_STEPS = 20;
  private static final int LARGEST_WINDOW = 200;

  private final Deque<Double> last = new ArrayDeque<>();
  private double sumOfFirst;
  private long firstStep;
  private long steps;

  /** Creates an empty comparison. */
  public LossTrend() {}

  @Override
  public void onStep(StepMetrics step) {
    long window = window(step.steps());
    if (steps == 0) {
      firstStep = step.step();
    }
    steps++;
    if (steps <= window) {
      sumOfFirst += step.loss();
    }
    last.addLast(step.loss());
    if (last.size() > window) {
      last.removeFirst();
    }
  }

  private static long window(long ofRun) {
    return Math.clamp(ofRun / 10, 1, LARGEST_WINDOW);
  }

  /**
   * Returns what is wrong with the losses if their mean over the last tenth of the run is not below
   * that over the first tenth; empty for short runs, and for those that were resumed.
   */
  public Optional<String> problem() {
    if (firstStep != 1 || steps < LEAST_STEPS) {
      return Optional.empty();
    }
    double before = sumOfFirst / last.size();
    double after = last.stream().mapToDouble(Double::doubleValue).average().orElse(before);
    return after < before
        ? Optional.empty()
        : Optional.of(
            String.format(
                Locale.ROOT,
                "the training loss does not fall: %.4f at the beginning, %.4f at the end",
                before,
                after));
  }
}
