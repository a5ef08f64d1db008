package dev.rapt.generate.search;

import dev.rapt.generate.logits.Logits;
import java.util.ArrayList;
import java.util.List;

/**
 * Log-probability of a chosen token under the model's own distribution, before penalties,
 * temperature and truncation.
 *
 * @param token id of the token
 * @param logProb natural logarithm of its probability
 * @param alternatives the most likely tokens of that step, best first; the chosen one may be among
 *     them
 */
public record TokenScore(int token, float logProb, List<Alternative> alternatives) {
  /** Another token of the step and the natural logarithm of its probability. */
  public record Alternative(int token, float logProb) {}

  static TokenScore of(float[] logits, int token, int count) {
    double logSum = Logits.logSumExp(logits);
    ArrayList<Alternative> alternatives = new ArrayList<>();
    for (int id : Logits.topIndices(logits, Math.min(count, logits.length))) {
      alternatives.add(new Alternative(id, (float) (logits[id] - logSum)));
    }
    return new TokenScore(token, (float) (logits[token] - logSum), List.copyOf(alternatives));
  }
}
