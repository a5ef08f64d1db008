package dev.rapt.train.task.completion;

import java.util.Arrays;

/**
 * A prompt with an answer to it, as tokens.
 *
 * @param ids tokens of both
 * @param promptLength tokens of the prompt
 * @param isCut whether the end of the answer was left out
 */
@SuppressWarnings("ArrayRecordComponent") // compared by isEqualTo alone
public record Answer(int[] ids, int promptLength, boolean isCut) {
  /** A whole answer. */
  public Answer(int[] ids, int promptLength) {
    this(ids, promptLength, false);
  }

  /** Returns the number of tokens of both. */
  public int length() {
    return ids.length;
  }

  /** Returns the place of the first token of the answer that is predicted. */
  public int firstPredicted() {
    return Math.max(1, promptLength);
  }

  /** Returns this answer without its end, if it is longer. */
  public Answer cutTo(int most) {
    return ids.length <= most ? this : new Answer(Arrays.copyOf(ids, most), promptLength, true);
  }

  /** Returns this prompt with the answer to another. */
  public Answer withAnswerOf(Answer other) {
    int added = other.ids.length - other.promptLength;
    int[] mixed = Arrays.copyOf(ids, promptLength + added);
    System.arraycopy(other.ids, other.promptLength, mixed, promptLength, added);
    return new Answer(mixed, promptLength);
  }

  public boolean isEqualTo(Answer other) {
    return Arrays.equals(ids, other.ids);
  }
}
