package dev.rapt.eval.figure;

/**
 * How a figure differs between two runs over the same examples.
 *
 * @param first figure of the first run
 * @param second figure of the second run
 * @param interval 95% interval of second - first
 * @param pValue two-sided: twice the share of draws in which the difference is zero or has the
 *     other sign, at most 1; NaN without draws
 */
public record PairedDifference(double first, double second, Interval interval, double pValue) {
  /** Returns second - first. */
  public double difference() {
    return second - first;
  }
}
