package dev.rapt.train.task.reinforce.loss;

/**
 * The surrogate of PPO: the ratio of a token's probability to that under the model that sampled it,
 * clipped, times the advantage. arXiv:1707.06347, equation 7.
 *
 * @param low distance below 1 at which the ratio is clipped
 * @param high distance above 1 at which it is clipped
 */
public record ClippedRatio(double low, double high) {
  /**
   * The loss of a token.
   *
   * @param loss the surrogate, negated
   * @param slope derivative with respect to the log-probability
   * @param ratio the ratio
   */
  public record Term(double loss, double slope, double ratio, boolean isClipped) {}

  /**
   * Returns the loss of a token.
   *
   * @param before log-probability under the model that sampled it
   */
  public Term term(double logProb, double before, double advantage) {
    double ratio = Math.exp(logProb - before);
    boolean isClipped = (ratio < 1 - low && advantage < 0) || (ratio > 1 + high && advantage > 0);
    return isClipped
        ? new Term(-Math.clamp(ratio, 1 - low, 1 + high) * advantage, 0, ratio, true)
        : new Term(-ratio * advantage, -ratio * advantage, ratio, false);
  }

  /**
   * Returns the estimate k3 of the divergence from the reference at a token, which is never
   * negative: r - log r - 1 for the ratio r of the reference to the model. J. Schulman,
   * joschu.net/blog/kl-approx.html.
   */
  public static double divergence(double logProb, double reference) {
    double toReference = reference - logProb;
    return Math.exp(toReference) - toReference - 1;
  }
}
