package dev.rapt.metrics;

/**
 * Expected calibration error: the mean difference of confidence and accuracy over bins of equal
 * width, weighted by their examples (Guo et al., On Calibration of Modern Neural Networks,
 * arXiv:1706.04599, eq. 3).
 */
public final class CalibrationError {
  /** Number of bins, as in the paper. */
  public static final int BINS = 15;

  private CalibrationError() {}

  /**
   * Returns the numbers of an example, whose sums make the {@link #value}: for each bin the
   * examples, their confidence and the right ones among them.
   *
   * @param confidence probability of the predicted class, 0 to 1
   */
  public static double[] row(double confidence, boolean isRight) {
    if (!(confidence >= 0 && confidence <= 1 + 1e-9)) {
      throw new IllegalArgumentException(
          "confidence: must be a probability from 0 to 1, got " + confidence);
    }
    int bin = Math.clamp((int) Math.ceil(confidence * BINS) - 1, 0, BINS - 1);
    double[] row = new double[3 * BINS];
    row[3 * bin] = 1;
    row[3 * bin + 1] = confidence;
    row[3 * bin + 2] = isRight ? 1 : 0;
    return row;
  }

  /** Returns the error, 0 to 1, of the sums of rows. */
  public static double value(double[] sums) {
    double error = 0, examples = 0;
    for (int bin = 0; bin < BINS; bin++) {
      examples += sums[3 * bin];
      error += Math.abs(sums[3 * bin + 1] - sums[3 * bin + 2]);
    }
    return examples == 0 ? 0 : error / examples;
  }
}
