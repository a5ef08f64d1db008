package dev.rapt.train.task.reinforce.loss;

import dev.rapt.train.task.completion.Answer;

/**
 * An answer with what its loss needs, for the N tokens of the answer. Arrays that the loss does not
 * need are empty.
 *
 * @param ids tokens of prompt and answer
 * @param promptLength tokens of the prompt
 * @param counts whether the answer counts in the loss; not if it was cut and such are left out
 * @param advantages N
 * @param before N log-probabilities under the model that sampled it
 * @param reference N log-probabilities under the model with which the run began
 * @param values N values of the states before the tokens, as they were predicted
 * @param returns N returns that the values are to predict
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record Episode(
    int[] ids,
    int promptLength,
    boolean counts,
    double[] advantages,
    double[] before,
    double[] reference,
    double[] values,
    double[] returns) {
  /** Returns the tokens. */
  public Answer answer() {
    return new Answer(ids, promptLength);
  }

  /** Returns the number of tokens of the answer that count in the loss. */
  public int counted() {
    return counts ? ids.length - promptLength : 0;
  }
}
