package dev.rapt.metrics;

import java.util.Arrays;
import java.util.stream.IntStream;

/** Correlation of predicted with true values. */
public final class Correlation {
  private Correlation() {}

  /**
   * Returns Pearson's correlation coefficient; NaN if one side is constant.
   *
   * @throws IllegalArgumentException if the lengths differ or are below 2
   */
  public static double pearson(double[] a, double[] b) {
    if (a.length != b.length || a.length < 2) {
      throw new IllegalArgumentException(
          "correlation: must have two lists of the same length, at least 2, got %d and %d"
              .formatted(a.length, b.length));
    }
    double meanA = Arrays.stream(a).average().orElseThrow();
    double meanB = Arrays.stream(b).average().orElseThrow();
    double squaresA = 0, squaresB = 0, products = 0;
    for (int i = 0; i < a.length; i++) {
      double x = a[i] - meanA, y = b[i] - meanB;
      squaresA += x * x;
      squaresB += y * y;
      products += x * y;
    }
    return products / Math.sqrt(squaresA * squaresB);
  }

  /** Returns Spearman's rank correlation: Pearson's of the ranks, ties with their mean rank. */
  public static double spearman(double[] a, double[] b) {
    return pearson(ranks(a), ranks(b));
  }

  /**
   * Returns a row for each pair, of whose sum Pearson's correlation follows: 1, x, y, x^2, y^2 and
   * x y, where x and y are centred at their means here.
   */
  public static double[][] rows(double[] a, double[] b) {
    double meanA = Arrays.stream(a).average().orElse(0);
    double meanB = Arrays.stream(b).average().orElse(0);
    double[][] rows = new double[a.length][];
    for (int i = 0; i < rows.length; i++) {
      double x = a[i] - meanA, y = b[i] - meanB;
      rows[i] = new double[] {1, x, y, x * x, y * y, x * y};
    }
    return rows;
  }

  /** Returns Pearson's correlation of the sum of {@link #rows}; NaN if one side is constant. */
  public static double ofSums(double[] sums) {
    double n = sums[0];
    double squaresA = sums[3] - sums[1] * sums[1] / n;
    double squaresB = sums[4] - sums[2] * sums[2] / n;
    double products = sums[5] - sums[1] * sums[2] / n;
    return squaresA <= 0 || squaresB <= 0 ? Double.NaN : products / Math.sqrt(squaresA * squaresB);
  }

  /** Returns the rank of each value, from 1; equal values have the mean of their ranks. */
  public static double[] ranks(double[] values) {
    int[] order =
        IntStream.range(0, values.length)
            .boxed()
            .sorted((i, j) -> Double.compare(values[i], values[j]))
            .mapToInt(Integer::intValue)
            .toArray();
    double[] ranks = new double[values.length];
    for (int from = 0; from < order.length; ) {
      int to = from + 1;
      while (to < order.length && values[order[to]] == values[order[from]]) {
        to++;
      }
      for (int i = from; i < to; i++) {
        ranks[order[i]] = (from + to + 1) / 2.0;
      }
      from = to;
    }
    return ranks;
  }
}
