package dev.rapt.metrics;

import java.util.List;
import java.util.stream.IntStream;

/**
 * Confusion matrix of a single-label classifier, and the metrics that follow from it. A ratio whose
 * denominator is 0 counts as 0, as in scikit-learn.
 */
public final class Confusion {
  private final List<String> labels;
  private final long[][] counts;

  /**
   * Precision, recall and F1 of a class.
   *
   * @param precision share of the predictions of the class that are right
   * @param recall share of the examples of the class that are found
   * @param f1 harmonic mean of both
   * @param support number of examples of the class
   */
  public record ClassScore(double precision, double recall, double f1, long support) {}

  /** Creates an empty matrix for these classes. */
  public Confusion(List<String> labels) {
    this.labels = List.copyOf(labels);
    counts = new long[labels.size()][labels.size()];
  }

  /**
   * Counts an example.
   *
   * @param reference index of the true class
   * @param predicted index of the predicted class
   */
  public void add(int reference, int predicted) {
    add(reference, predicted, 1);
  }

  /** Counts several examples of a true and a predicted class. */
  public void add(int reference, int predicted, long count) {
    counts[reference][predicted] += count;
  }

  /** Returns the names of the classes. */
  public List<String> labels() {
    return labels;
  }

  /** Returns the number of examples of a class that were predicted as another. */
  public long count(int reference, int predicted) {
    return counts[reference][predicted];
  }

  /** Returns the number of examples. */
  public long total() {
    return classes().mapToLong(this::support).sum();
  }

  /** Returns the share of right predictions. */
  public double accuracy() {
    return ratio(classes().mapToLong(k -> counts[k][k]).sum(), total());
  }

  /** Returns the scores of a class. */
  public ClassScore score(int label) {
    double precision = ratio(counts[label][label], predictions(label));
    double recall = ratio(counts[label][label], support(label));
    double f1 = ratio(2 * counts[label][label], predictions(label) + support(label));
    return new ClassScore(precision, recall, f1, support(label));
  }

  /** Returns the mean F1 of the classes that occur in references or predictions. */
  public double macroF1() {
    return ClassCounts.macroF1(sums());
  }

  /**
   * Returns the Matthews correlation coefficient, for several classes as Gorodkin defines it
   * (Comparing two K-category assignments by a K-category correlation coefficient, 2004, eq. 8).
   */
  public double matthews() {
    return ClassCounts.matthews(sums());
  }

  /** Returns the sum of the {@linkplain ClassCounts#row rows} of all examples. */
  private double[] sums() {
    int numClasses = counts.length;
    double[] sums = new double[3 * numClasses];
    for (int k = 0; k < numClasses; k++) {
      sums[k] = counts[k][k];
      sums[numClasses + k] = predictions(k);
      sums[2 * numClasses + k] = support(k);
    }
    return sums;
  }

  private IntStream classes() {
    return IntStream.range(0, counts.length);
  }

  private long support(int label) {
    return IntStream.range(0, counts.length).mapToLong(k -> counts[label][k]).sum();
  }

  private long predictions(int label) {
    return classes().mapToLong(k -> counts[k][label]).sum();
  }

  private static double ratio(long part, long whole) {
    return whole == 0 ? 0 : (double) part / whole;
  }
}
