package dev.rapt.train.task.token;

import dev.rapt.tokenizer.Encoding;
import dev.rapt.train.example.AnsweredQuestion;

/**
 * The tokens of an answer in a window of a question with its text, as in the question-answering
 * example of Hugging Face transformers.
 *
 * @param first position of the first token of the answer; 0 if the window does not hold all of it
 * @param last position of the last token
 */
record AnswerWindow(int first, int last) {
  static final AnswerWindow NONE = new AnswerWindow(0, 0);

  /** Finds the first answer to a question in a window. */
  static AnswerWindow of(Encoding window, AnsweredQuestion question) {
    if (question.answers().isEmpty()) {
      return NONE;
    }
    AnsweredQuestion.Answer answer = question.answers().getFirst();
    int[] texts = window.sequenceIds();
    int from = 0;
    int to = texts.length - 1;
    while (from < texts.length && texts[from] != 1) {
      from++;
    }
    while (to >= 0 && texts[to] != 1) {
      to--;
    }
    if (from > to || window.start(from) > answer.start() || window.end(to) < answer.end()) {
      return NONE;
    }
    int first = from;
    while (first < to && window.start(first + 1) <= answer.start()) {
      first++;
    }
    int last = to;
    while (last > from && window.end(last - 1) >= answer.end()) {
      last--;
    }
    return first <= last ? new AnswerWindow(first, last) : NONE;
  }
}
