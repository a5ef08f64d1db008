package dev.rapt.metrics;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** How far raters agree beyond chance, on classes without an order. 1 is full agreement. */
public final class Agreement {
  private Agreement() {}

  /**
   * Returns Cohen's kappa of two raters (A Coefficient of Agreement for Nominal Scales, 1960); NaN
   * if both give one and the same class to all items.
   *
   * @throws IllegalArgumentException if the lists are empty or of different lengths
   */
  public static double cohenKappa(List<String> first, List<String> second) {
    if (first.size() != second.size() || first.isEmpty()) {
      throw new IllegalArgumentException(
          "kappa: must have two lists of the same length, at least 1, got %d and %d"
              .formatted(first.size(), second.size()));
    }
    double n = first.size();
    Map<String, Integer> counts = new HashMap<>();
    first.forEach(label -> counts.merge(label, 1, Integer::sum));
    double agreed = 0, chance = 0;
    for (int i = 0; i < n; i++) {
      agreed += first.get(i).equals(second.get(i)) ? 1 : 0;
      chance += counts.getOrDefault(second.get(i), 0);
    }
    double expected = chance / (n * n);
    return (agreed / n - expected) / (1 - expected);
  }

  /**
   * Returns Fleiss' kappa (Measuring Nominal Scale Agreement Among Many Raters, 1971); NaN if all
   * ratings are equal.
   *
   * @param counts (items, classes) how many raters chose each class; each item has the same number
   *     of raters, at least 2
   */
  public static double fleissKappa(int[][] counts) {
    if (counts.length == 0) {
      throw new IllegalArgumentException("kappa: must have at least 1 item, got none");
    }
    double[] classes = new double[counts[0].length];
    double raters = sum(counts[0]);
    double agreed = 0;
    for (int[] item : counts) {
      if (sum(item) != raters || raters < 2 || item.length != classes.length) {
        throw new IllegalArgumentException(
            "kappa: items must have the same classes and number of raters, at least 2, got %d and %.0f raters"
                .formatted(sum(item), raters));
      }
      double pairs = 0;
      for (int j = 0; j < item.length; j++) {
        classes[j] += item[j];
        pairs += (double) item[j] * (item[j] - 1);
      }
      agreed += pairs / (raters * (raters - 1));
    }
    double expected = 0;
    for (double count : classes) {
      double share = count / (counts.length * raters);
      expected += share * share;
    }
    return (agreed / counts.length - expected) / (1 - expected);
  }

  private static int sum(int[] counts) {
    int sum = 0;
    for (int count : counts) {
      sum += count;
    }
    return sum;
  }

  /**
   * Returns Krippendorff's alpha of nominal data (Computing Krippendorff's Alpha-Reliability, 2011,
   * section C); NaN if all ratings are equal.
   *
   * @param ratings for each item the classes that the raters gave; null for a missing rating. Items
   *     with less than 2 ratings do not count
   */
  public static double krippendorffAlpha(List<? extends List<@Nullable String>> ratings) {
    Map<String, Double> totals = new HashMap<>();
    double agreed = 0, all = 0;
    for (List<@Nullable String> item : ratings) {
      Map<String, Integer> counts = new HashMap<>();
      int raters = 0;
      for (String label : item) {
        if (label != null) {
          counts.merge(label, 1, Integer::sum);
          raters++;
        }
      }
      if (raters < 2) {
        continue;
      }
      all += raters;
      for (Map.Entry<String, Integer> entry : counts.entrySet()) {
        double count = entry.getValue();
        totals.merge(entry.getKey(), count, Double::sum);
        agreed += count * (count - 1) / (raters - 1);
      }
    }
    if (all == 0) {
      throw new IllegalArgumentException(
          "alpha: must have at least 1 item with 2 ratings, got none");
    }
    double chance = 0;
    for (double total : totals.values()) {
      chance += total * (total - 1);
    }
    return 1 - (all - 1) * (all - agreed) / (all * (all - 1) - chance);
  }
}
