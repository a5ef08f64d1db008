package dev.rapt.cli.plot;

import java.util.ArrayList;
import java.util.List;

/** Losses over steps, in the order of the steps. */
final class LossCurve {
  private final List<Double> steps = new ArrayList<>();
  private final List<Double> losses = new ArrayList<>();

  /** Appends a point. */
  void add(double step, double loss) {
    steps.add(step);
    losses.add(loss);
  }

  List<Double> steps() {
    return steps;
  }

  List<Double> losses() {
    return losses;
  }

  boolean isEmpty() {
    return steps.isEmpty();
  }

  /** The last step; 0 if the curve is empty. */
  double lastStep() {
    return steps.isEmpty() ? 0 : steps.getLast();
  }

  /** Means over stretches of equal length, so that the noise of batches does not hide the curve. */
  LossCurve smoothed(int maxPoints) {
    int stretch = Math.max(1, Math.ceilDiv(steps.size(), maxPoints));
    LossCurve means = new LossCurve();
    for (int from = 0; from < steps.size(); from += stretch) {
      int to = Math.min(steps.size(), from + stretch);
      means.add(mean(steps.subList(from, to)), mean(losses.subList(from, to)));
    }
    return means;
  }

  private static double mean(List<Double> values) {
    return values.stream().mapToDouble(v -> v).average().orElse(Double.NaN);
  }

  /** The part of the curve from where it first falls below a loss; the crossing is interpolated. */
  LossCurve below(double limit) {
    LossCurve part = new LossCurve();
    for (int i = 0; i < steps.size(); i++) {
      double loss = losses.get(i);
      if (part.isEmpty() && loss <= limit && i > 0) {
        double before = losses.get(i - 1);
        double share = (before - limit) / (before - loss);
        part.add(steps.get(i - 1) + share * (steps.get(i) - steps.get(i - 1)), limit);
      }
      if (!part.isEmpty() || loss <= limit) {
        part.add(steps.get(i), Math.min(loss, limit));
      }
    }
    return part;
  }
}
