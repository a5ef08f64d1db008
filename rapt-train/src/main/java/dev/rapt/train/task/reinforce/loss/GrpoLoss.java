package dev.rapt.train.task.reinforce.loss;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * The loss of group-relative policy optimisation as a function of log-probabilities: the clipped
 * ratio to the model that sampled times the advantage, and a penalty of the KL divergence from the
 * reference. DeepSeekMath, arXiv:2402.03300, equation 21; definitions as in TRL 1.13.
 *
 * @param epsilon lower distance of the ratio from 1 at which it is clipped
 * @param epsilonHigh upper distance: larger than epsilon in DAPO, "clip-higher"
 * @param beta weight of the divergence; 0 for none
 * @param correctsKl whether the divergence is multiplied by the ratio, so that its gradient is that
 *     of the divergence from the reference (DeepSeek-V3.2, arXiv:2512.02556, section 3.1); the
 *     original has the gradient of the divergence in the other direction
 * @param maxLength greatest length of an answer, by which dr_grpo divides
 */
public record GrpoLoss(
    Kind kind, double epsilon, double epsilonHigh, double beta, boolean correctsKl, int maxLength) {
  /** By what the sum over tokens is divided. */
  public enum Kind {
    /** The length of each answer, then the number of answers: DeepSeekMath. */
    GRPO,
    /** The tokens of the batch. */
    BNPO,
    /** The greatest length times the number of answers: Dr. GRPO, arXiv:2503.20783. */
    DR_GRPO,
    /** The tokens of the rollout: DAPO's token-level loss, arXiv:2503.14476, section 3.3. */
    DAPO;

    /** Returns the name on the command line. */
    public String label() {
      return name().toLowerCase(Locale.ROOT);
    }

    /**
     * Returns the loss of this name.
     *
     * @throws IllegalArgumentException if there is none
     */
    public static Kind named(String name) {
      return Arrays.stream(values())
          .filter(kind -> kind.label().equals(name.replace('-', '_')))
          .findFirst()
          .orElseThrow(() ->
              new IllegalArgumentException(
                  "--loss: must be grpo, bnpo, dr_grpo or dapo for the task grpo, got " + name));
    }
  }

  /**
   * Returns the loss of a batch.
   *
   * @param episodes S answers
   * @param starts S + 1 beginnings of their tokens
   * @param tokensPerBatch tokens of the rollout that count, divided by its batches
   * @param logProbs log-probabilities of the tokens
   * @param gradient receives the derivatives
   */
  public double apply(
      List<Episode> episodes,
      int[] starts,
      double tokensPerBatch,
      double[] logProbs,
      double[] gradient) {
    double sum = 0;
    long counted = episodes.stream().mapToLong(Episode::counted).sum();
    for (int s = 0; s < episodes.size(); s++) {
      Episode episode = episodes.get(s);
      if (!episode.counts()) {
        continue;
      }
      double divisor =
          switch (kind) {
            case GRPO -> (double) Math.max(1, episode.counted()) * episodes.size();
            case BNPO -> Math.max(1, counted);
            case DR_GRPO -> (double) maxLength * episodes.size();
            case DAPO -> Math.max(1, tokensPerBatch);
          };
      for (int i = starts[s]; i < starts[s + 1]; i++) {
        Term term = term(episode, i - starts[s], logProbs[i]);
        sum += term.loss / divisor;
        gradient[i] = term.slope / divisor;
      }
    }
    return sum;
  }

  /**
   * The loss of a token with its derivative.
   *
   * @param kl estimate of the divergence from the reference
   */
  public record Term(double loss, double slope, double kl, boolean isClipped) {}

  /**
   * Returns the loss of a token.
   *
   * @param at number of the token in the answer
   */
  public Term term(Episode episode, int at, double logProb) {
    double before = episode.before().length == 0 ? logProb : episode.before()[at];
    ClippedRatio.Term policy =
        new ClippedRatio(epsilon, epsilonHigh).term(logProb, before, episode.advantages()[at]);
    if (episode.reference().length == 0) {
      return new Term(policy.loss(), policy.slope(), 0, policy.isClipped());
    }
    double reference = episode.reference()[at];
    double kl = ClippedRatio.divergence(logProb, reference);
    double dKl = 1 - Math.exp(reference - logProb);
    if (correctsKl) {
      dKl = policy.ratio() * (dKl + kl);
      kl *= policy.ratio();
    }
    return new Term(policy.loss() + beta * kl, policy.slope() + beta * dKl, kl, policy.isClipped());
  }
}
