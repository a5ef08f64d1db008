package dev.rapt.train.task.prefer;

import dev.rapt.train.task.completion.Answer;

/**
 * An example: a pair of answers to a prompt, or a single answer with another that belongs to a
 * different prompt, from which KTO estimates how far the model has moved.
 *
 * @param first the chosen answer, or the single one
 * @param second the rejected answer, or the mismatched one
 * @param isDesirable whether the first answer is a good one
 * @param firstReference log-probability of the first answer under the reference model
 * @param secondReference that of the second answer
 */
record PreferenceRow(
    Answer first,
    Answer second,
    boolean isDesirable,
    double firstReference,
    double secondReference) {
  /** A pair, the first answer being the better one. */
  static PreferenceRow ofPair(Answer chosen, Answer rejected) {
    return new PreferenceRow(chosen, rejected, true, 0, 0);
  }

  /** A single answer. */
  static PreferenceRow ofSingle(Answer answer, Answer mismatched, boolean isDesirable) {
    return new PreferenceRow(answer, mismatched, isDesirable, 0, 0);
  }

  /** Returns a copy with log-probabilities under the reference model. */
  PreferenceRow withReference(double ofFirst, double ofSecond) {
    return new PreferenceRow(first, second, isDesirable, ofFirst, ofSecond);
  }

  /** Returns the number of tokens of the longer answer with its prompt. */
  int length() {
    return Math.max(first.length(), second.length());
  }

  /** Returns whether the end of an answer of the example was left out. */
  boolean isCut() {
    return first.isCut() || second.isCut();
  }
}
