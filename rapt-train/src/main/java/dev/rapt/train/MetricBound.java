package dev.rapt.train;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The range of a metric; a step or an evaluation outside ends the run as diverged.
 *
 * @param metric name of a metric of steps, of evaluations or of both
 * @param least smallest value
 * @param most largest value
 */
public record MetricBound(String metric, double least, double most) {
  /** A range without a lower end. */
  public static MetricBound atMost(String metric, double most) {
    return new MetricBound(metric, Double.NEGATIVE_INFINITY, most);
  }

  /** A range without an upper end. */
  public static MetricBound atLeast(String metric, double least) {
    return new MetricBound(metric, least, Double.POSITIVE_INFINITY);
  }

  /**
   * Returns what is wrong with metrics; null if they do not have this one, or it is in the range.
   */
  @Nullable String problem(Map<String, Double> metrics) {
    Double value = metrics.get(metric);
    if (value == null || (value >= least && value <= most)) {
      return null;
    }
    boolean isLow = value < least;
    return "%s must be at %s %s, got %s"
        .formatted(metric, isLow ? "least" : "most", isLow ? least : most, value);
  }
}
