package dev.rapt.train;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What an evaluation measured on held-out data.
 *
 * @param loss mean loss of the targets
 * @param targets number of targets in the mean
 * @param metrics metrics by name, in the order in which they are shown
 * @param deciding the metric by which one model is better than another, the higher the better; null
 *     for the loss
 */
public record Measurement(
    double loss, long targets, Map<String, Double> metrics, @Nullable String deciding) {
  /** Copies the metrics. */
  public Measurement {
    metrics = Collections.unmodifiableMap(new LinkedHashMap<>(metrics));
    if (deciding != null && !metrics.containsKey(deciding)) {
      throw new IllegalArgumentException(
          "measurement: must have the metric %s, got %s".formatted(deciding, metrics.keySet()));
    }
  }

  /** A measurement of the loss alone. */
  public static Measurement of(double loss, long targets) {
    return new Measurement(loss, targets, Map.of(), null);
  }

  /** The best evaluation of a run so far. */
  public record Best(long step, double loss, @Nullable Double metric) {}

  /** Returns whether this is better than the best so far: by the metric, then by the loss. */
  boolean isBetterThan(@Nullable Best best) {
    if (best == null) {
      return true;
    }
    Double before = best.metric();
    int byMetric =
        deciding == null || before == null
            ? 0
            : Double.compare(metrics.getOrDefault(deciding, Double.NaN), before);
    return byMetric == 0 ? loss < best.loss() : byMetric > 0;
  }

  /** Returns this as the best evaluation, after so many steps. */
  Best at(long step) {
    return new Best(step, loss, deciding == null ? null : metrics.get(deciding));
  }
}
