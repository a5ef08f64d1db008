package dev.rapt.train.task;

import dev.rapt.train.batch.TextBatch;

/**
 * A text with what is to be predicted of it.
 *
 * @param <T> target
 */
record TextRow<T>(TextBatch.Text text, T target) {
  int length() {
    return text.ids().length;
  }
}
