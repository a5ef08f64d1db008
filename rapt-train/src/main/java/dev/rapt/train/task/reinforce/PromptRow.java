package dev.rapt.train.task.reinforce;

import dev.rapt.train.example.Example;

/**
 * A prompt.
 *
 * @param text its text
 * @param ids its tokens
 * @param example the example it comes from, which rewards read
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record PromptRow(String text, int[] ids, Example example) {
  /** Returns the number of tokens. */
  int length() {
    return ids.length;
  }
}
