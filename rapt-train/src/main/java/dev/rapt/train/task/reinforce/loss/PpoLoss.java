package dev.rapt.train.task.reinforce.loss;

import java.util.List;

/**
 * The loss of proximal policy optimisation as a function of log-probabilities and values: clipped
 * surrogate, and squared error of the clipped value. arXiv:1707.06347, equation 9; the clipping of
 * values as in TRL's PPOTrainer.
 *
 * @param policy the surrogate
 * @param valueWeight weight of half the squared error
 * @param valueClip largest distance of a value from the one that was predicted when sampling
 */
public record PpoLoss(ClippedRatio policy, double valueWeight, double valueClip) {
  /**
   * Returns the loss of a batch, a mean over its tokens.
   *
   * @param episodes S answers
   * @param starts S + 1 beginnings of their tokens
   * @param x log-probabilities of the N tokens, then N values
   * @param gradient receives the derivatives
   */
  public double apply(List<Episode> episodes, int[] starts, double[] x, double[] gradient) {
    int N = starts[episodes.size()];
    double sum = 0;
    for (int s = 0; s < episodes.size(); s++) {
      Episode episode = episodes.get(s);
      for (int i = starts[s]; i < starts[s + 1]; i++) {
        int at = i - starts[s];
        ClippedRatio.Term term = policy.term(x[i], episode.before()[at], episode.advantages()[at]);
        ValueTerm value = value(x[N + i], episode.values()[at], episode.returns()[at]);
        sum += (term.loss() + valueWeight * value.loss) / N;
        gradient[i] = term.slope() / N;
        gradient[N + i] = valueWeight * value.slope / N;
      }
    }
    return sum;
  }

  /** Half the squared error of a value, with its derivative. */
  public record ValueTerm(double loss, double slope, boolean isClipped) {}

  /**
   * Returns the larger one of the errors of a value and of the clipped value.
   *
   * @param before the value when sampling
   */
  public ValueTerm value(double value, double before, double wanted) {
    double clipped = Math.clamp(value, before - valueClip, before + valueClip);
    double error = value - wanted;
    double ofClipped = clipped - wanted;
    return ofClipped * ofClipped > error * error
        ? new ValueTerm(0.5 * ofClipped * ofClipped, 0, true)
        : new ValueTerm(0.5 * error * error, error, false);
  }
}
