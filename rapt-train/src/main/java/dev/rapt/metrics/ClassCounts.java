package dev.rapt.metrics;

/**
 * Counts of a classification into C classes, of which macro F1 and Matthews correlation follow: how
 * often each class is right, predicted, and expected.
 */
public final class ClassCounts {
  private ClassCounts() {}

  /**
   * Returns the counts of one example (3 * C): right, predicted and expected of each class.
   *
   * @param numClasses C
   */
  public static double[] row(int numClasses, int expected, int predicted) {
    double[] row = new double[3 * numClasses];
    row[expected] = expected == predicted ? 1 : 0;
    row[numClasses + predicted] = 1;
    row[2 * numClasses + expected] = 1;
    return row;
  }

  /** Returns the mean F1 of the classes that are expected or predicted, of the sum of rows. */
  public static double macroF1(double[] sums) {
    int numClasses = sums.length / 3;
    double sum = 0;
    int present = 0;
    for (int c = 0; c < numClasses; c++) {
      double all = sums[numClasses + c] + sums[2 * numClasses + c];
      sum += all == 0 ? 0 : 2 * sums[c] / all;
      present += all == 0 ? 0 : 1;
    }
    return present == 0 ? 0 : sum / present;
  }

  /**
   * Returns the Matthews correlation of C classes (Gorodkin, Comparing two K-category assignments
   * by a K-category correlation coefficient, 2004), of the sum of rows; 0 if all examples have one
   * class, or are predicted to have one.
   */
  public static double matthews(double[] sums) {
    int numClasses = sums.length / 3;
    double right = 0, n = 0, chance = 0, predictedSquares = 0, expectedSquares = 0;
    for (int c = 0; c < numClasses; c++) {
      double predicted = sums[numClasses + c], expected = sums[2 * numClasses + c];
      right += sums[c];
      n += expected;
      chance += predicted * expected;
      predictedSquares += predicted * predicted;
      expectedSquares += expected * expected;
    }
    double product = (n * n - predictedSquares) * (n * n - expectedSquares);
    return product <= 0 ? 0 : (right * n - chance) / Math.sqrt(product);
  }
}
