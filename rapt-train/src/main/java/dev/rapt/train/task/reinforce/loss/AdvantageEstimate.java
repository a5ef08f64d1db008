package dev.rapt.train.task.reinforce.loss;

import java.util.Arrays;
import java.util.List;

/**
 * Generalised advantage estimation, arXiv:1506.02438, equation 16: the value behind the last token
 * is 0.
 *
 * @param gamma discount
 * @param lambda weight of longer returns
 */
public record AdvantageEstimate(double gamma, double lambda) {
  private static final double EPSILON = 1e-8; // as TRL

  /** Returns the advantages of the tokens of an answer from their rewards and values. */
  public double[] advantages(double[] rewards, double[] values) {
    double[] advantages = new double[rewards.length];
    double last = 0;
    for (int t = rewards.length - 1; t >= 0; t--) {
      double next = t + 1 < values.length ? values[t + 1] : 0;
      double error = rewards[t] + gamma * next - values[t];
      last = error + gamma * lambda * last;
      advantages[t] = last;
    }
    return advantages;
  }

  /**
   * Returns values of many answers divided by their common standard deviation.
   *
   * @param shifts whether their mean becomes 0; else it stays
   */
  public static List<double[]> whitened(List<double[]> values, boolean shifts) {
    double[] all = values.stream().flatMapToDouble(Arrays::stream).toArray();
    double mean = GroupAdvantages.mean(all);
    double deviation = GroupAdvantages.deviation(all);
    double scale = 1 / Math.sqrt(deviation * deviation + EPSILON);
    return values.stream()
        .map(each ->
            Arrays.stream(each)
                .map(value -> (value - mean) * scale + (shifts ? 0 : mean))
                .toArray())
        .toList();
  }
}
