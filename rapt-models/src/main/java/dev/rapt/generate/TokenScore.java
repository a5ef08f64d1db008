package dev.rapt.generate;

import java.util.ArrayList;
import java.util.List;

/**
 * How likely a chosen token was under the model's own distribution, before penalties, temperature
 * and truncation.
 *
 * @param logProb natural logarithm of its probability
 * @param alternatives the most likely tokens of that step, best first; the chosen one may be among
 *     them
 */
public record TokenScore(int token, float logProb, List<Alternative> alternatives) {
  /** A token that might have been chosen, and the logarithm of its probability. */
  public record Alternative(int token, float logProb) {}

  static TokenScore of(float[] logits, int token, int count) {
    double logSum = Scores.logSumExp(logits);
    ArrayList<Alternative> alternatives = new ArrayList<>();
    for (int id : Scores.topIndices(logits, Math.min(count, logits.length))) {
      alternatives.add(new Alternative(id, (float) (logits[id] - logSum)));
    }
    return new TokenScore(token, (float) (logits[token] - logSum), List.copyOf(alternatives));
  }
}
