package dev.rapt.eval.figure;

/**
 * A figure of a task.
 *
 * @param metric its name
 * @param higherIsBetter whether a larger value is better
 * @param aggregation how it follows from the rows
 * @param rows numbers of each example
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record Figure(
    String metric, boolean higherIsBetter, Aggregation aggregation, double[][] rows) {
  /**
   * Returns the mean of a number of each example.
   *
   * @param values the number of each example
   */
  public static Figure mean(String metric, boolean higherIsBetter, double[] values) {
    double[][] rows = new double[values.length][];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = new double[] {values[i], 1};
    }
    return new Figure(metric, higherIsBetter, Aggregation.MEAN, rows);
  }

  /** Returns the value over all examples. */
  public double value() {
    return aggregation.ofRows(rows);
  }

  /** Returns the number of examples. */
  public int count() {
    return rows.length;
  }
}
