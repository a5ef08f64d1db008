package dev.rapt.eval.ask;

import dev.rapt.eval.likelihood.Continuation;
import dev.rapt.eval.likelihood.Likelihood;
import dev.rapt.eval.likelihood.LikelihoodScorer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * A choice and how likely it is.
 *
 * @param choice the text
 * @param logProb log-likelihood after the prompt, in nats; of an entailment model, the logit of
 *     entailment
 * @param numTokens tokens of the choice; 1 for an entailment model
 * @param probability its share of the probability of all choices
 */
public record ScoredChoice(String choice, double logProb, int numTokens, double probability) {
  /** Returns the mean log-probability of a token, in nats. */
  public double perToken() {
    return logProb / numTokens;
  }

  /**
   * Scores choices by their likelihood after a prompt.
   *
   * @param byToken whether the mean per token counts, so that long choices are not at a
   *     disadvantage; else the sum
   * @return the likeliest first
   */
  public static List<ScoredChoice> after(
      String prompt, List<String> choices, boolean byToken, LikelihoodScorer scorer) {
    List<Likelihood> scores =
        scorer.score(
            choices.stream().map(choice -> new Continuation(prompt, " " + choice)).toList());
    double[] values =
        scores.stream()
            .mapToDouble(score -> byToken ? score.perToken() : score.logProb())
            .toArray();
    double[] shares = Likelihood.shares(values);
    List<ScoredChoice> scored = new ArrayList<>();
    for (int i = 0; i < values.length; i++) {
      Likelihood score = scores.get(i);
      scored.add(new ScoredChoice(choices.get(i), score.logProb(), score.numTokens(), shares[i]));
    }
    return sorted(scored);
  }

  static List<ScoredChoice> sorted(List<ScoredChoice> scored) {
    return scored.stream()
        .sorted(Comparator.comparingDouble(choice -> -choice.probability))
        .toList();
  }
}
