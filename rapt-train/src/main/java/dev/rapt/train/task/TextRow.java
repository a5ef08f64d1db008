package dev.rapt.train.task;

import dev.rapt.train.batch.TextBatch;

/**
 * A text with what is to be predicted of it.
 *
 * @param <T> target
 */
public record TextRow<T>(TextBatch.Text text, T target) {
  /** Returns the number of tokens. */
  public int length() {
    return text.ids().length;
  }
}
