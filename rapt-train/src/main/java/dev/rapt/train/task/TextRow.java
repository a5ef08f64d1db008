package dev.rapt.train.task;

import dev.rapt.train.batch.TextBatch;

/**
 * A text with what is to be predicted of it.
 *
 * @param isCut whether the end of the text was left out
 * @param <T> target
 */
public record TextRow<T>(TextBatch.Text text, T target, boolean isCut) {
  /** A text that is read to its end. */
  public TextRow(TextBatch.Text text, T target) {
    this(text, target, false);
  }

  /** Returns the number of tokens. */
  public int length() {
    return text.ids().length;
  }
}
