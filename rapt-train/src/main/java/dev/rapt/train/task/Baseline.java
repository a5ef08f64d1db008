package dev.rapt.train.task;

import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * What a metric is without any learning.
 *
 * @param metric name of the metric, the higher the better
 * @param value what it is
 * @param description of what: {@code the share of the most frequent class}
 */
public record Baseline(String metric, double value, String description) {
  /** The accuracy of always giving the most frequent of these classes. */
  public static Baseline ofMostFrequent(List<?> classes) {
    long most =
        classes.stream()
            .collect(Collectors.groupingBy(Function.identity(), Collectors.counting()))
            .values()
            .stream()
            .mapToLong(Long::longValue)
            .max()
            .orElse(0);
    return new Baseline(
        "accuracy", (double) most / classes.size(), "the share of the most frequent class");
  }

  /** Returns whether the metric is there and no better than this. */
  public boolean isNotExceeded(Map<String, Double> metrics) {
    Double found = metrics.get(metric);
    return found != null && found <= value;
  }
}
