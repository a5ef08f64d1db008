package dev.rapt.metrics;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Metrics of a classifier that gives each example any number of labels. A ratio whose denominator
 * is 0 counts as 0, as in scikit-learn.
 */
public final class LabelSetScore {
  private final List<String> labels;
  private final long[] right;
  private final long[] predicted;
  private final long[] expected;
  private long count;
  private long exact;

  /** Creates an empty score for these labels. */
  public LabelSetScore(List<String> labels) {
    this.labels = List.copyOf(labels);
    right = new long[labels.size()];
    predicted = new long[labels.size()];
    expected = new long[labels.size()];
  }

  /**
   * Counts an example.
   *
   * @param references for each label whether the example has it
   * @param predictions for each label whether it is predicted
   */
  public void add(boolean[] references, boolean[] predictions) {
    boolean isExact = true;
    for (int k = 0; k < labels.size(); k++) {
      right[k] += references[k] && predictions[k] ? 1 : 0;
      predicted[k] += predictions[k] ? 1 : 0;
      expected[k] += references[k] ? 1 : 0;
      isExact &= references[k] == predictions[k];
    }
    count++;
    exact += isExact ? 1 : 0;
  }

  /** Returns the names of the labels. */
  public List<String> labels() {
    return labels;
  }

  /** Returns the scores of a label. */
  public Confusion.ClassScore score(int label) {
    return new Confusion.ClassScore(
        ratio(right[label], predicted[label]),
        ratio(right[label], expected[label]),
        ratio(2 * right[label], predicted[label] + expected[label]),
        expected[label]);
  }

  /** Returns the F1 of all labels counted together. */
  public double microF1() {
    return ratio(2 * sum(right), sum(predicted) + sum(expected));
  }

  /** Returns the mean F1 of the labels. */
  public double macroF1() {
    return IntStream.range(0, labels.size()).mapToDouble(k -> score(k).f1()).average().orElse(0);
  }

  /** Returns the share of examples of which all labels are right. */
  public double exactMatch() {
    return ratio(exact, count);
  }

  private static long sum(long[] counts) {
    return Arrays.stream(counts).sum();
  }

  private static double ratio(long part, long whole) {
    return whole == 0 ? 0 : (double) part / whole;
  }
}
