package dev.rapt.eval.figure;

import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * The bootstrap: draws as many examples as there are, with replacement, many times, and computes a
 * figure of each draw (Efron, Bootstrap Methods: Another Look at the Jackknife, 1979). The same
 * seed draws the same examples, whatever the figure.
 *
 * @param seed of the draws
 * @param resamples number of draws; 0 for none
 */
public record Bootstrap(long seed, int resamples) {
  /** Checks the number of draws. */
  public Bootstrap {
    if (resamples < 0) {
      throw new IllegalArgumentException("resamples: must be at least 0, got " + resamples);
    }
  }

  /** Returns the 95% interval of a figure by the percentile method. */
  public Interval interval(Aggregation aggregation, double[][] rows) {
    return Interval.of(values(aggregation, rows));
  }

  /** Returns the figure of each draw. */
  private double[] values(Aggregation aggregation, double[][] rows) {
    SplittableRandom random = new SplittableRandom(seed);
    double[] values = new double[resamples];
    double[] sums = new double[rows[0].length];
    for (int r = 0; r < resamples; r++) {
      Arrays.fill(sums, 0);
      for (int n = 0; n < rows.length; n++) {
        double[] row = rows[random.nextInt(rows.length)];
        for (int i = 0; i < sums.length; i++) {
          sums[i] += row[i];
        }
      }
      values[r] = aggregation.of(sums);
    }
    return values;
  }

  /**
   * Compares two runs over the same examples by the paired bootstrap (Koehn, Statistical
   * Significance Tests for Machine Translation Evaluation, EMNLP 2004): both figures are computed
   * of the same draws.
   *
   * @param first rows of the first run
   * @param second rows of the second run, of the same examples in the same order
   * @throws IllegalArgumentException if the numbers of examples differ
   */
  public PairedDifference compare(Aggregation aggregation, double[][] first, double[][] second) {
    if (first.length != second.length) {
      throw new IllegalArgumentException(
          "runs: must have the same examples, got %d and %d"
              .formatted(first.length, second.length));
    }
    double[] before = values(aggregation, first);
    double[] after = values(aggregation, second);
    double[] differences = new double[resamples];
    int notAbove = 0, notBelow = 0;
    for (int r = 0; r < resamples; r++) {
      differences[r] = after[r] - before[r];
      notAbove += differences[r] <= 0 ? 1 : 0;
      notBelow += differences[r] >= 0 ? 1 : 0;
    }
    double a = aggregation.ofRows(first), b = aggregation.ofRows(second);
    double p =
        resamples == 0 ? Double.NaN : Math.min(1, 2.0 * Math.min(notAbove, notBelow) / resamples);
    return new PairedDifference(a, b, Interval.of(differences), p);
  }
}
