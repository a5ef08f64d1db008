package dev.rapt.train.task.reinforce;

import dev.rapt.train.task.completion.Answer;

/**
 * An answer that the model gave.
 *
 * @param answer its tokens behind those of the prompt, the end token included
 * @param text its text, without the end token
 * @param isCut whether it reached the greatest length before its end
 */
record SampledAnswer(Answer answer, String text, boolean isCut) {
  /** Returns the number of its tokens. */
  int length() {
    return answer.length() - answer.promptLength();
  }
}
