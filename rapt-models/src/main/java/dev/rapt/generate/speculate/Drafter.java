package dev.rapt.generate.speculate;

import dev.rapt.generate.decoding.Decoding;

/** Guesses how one sequence goes on. Wrong guesses cost time and never change the result. */
public interface Drafter extends AutoCloseable {
  /**
   * Guesses the next tokens. Called with a sequence that grows; between calls it may have taken
   * other tokens than those guessed.
   *
   * @param ids ids of prompt and continuation; only the first {@code length} are valid
   * @param length number of valid ids, at least 1
   * @param most most tokens to guess, at least 1
   * @param choice how the sequence chooses
   * @return at most that many ids; none if there is no guess
   */
  int[] draft(int[] ids, int length, int most, TokenChoice choice);

  /**
   * Reads what a pass of the checking model computed for tokens that the sequence took, before they
   * are guessed from. The hidden states are valid during the call.
   *
   * @param decoding after the pass
   * @param length number of ids of the sequence whose last ones are the first {@code taken}
   *     positions of the pass
   * @param taken number of positions of the pass that hold tokens of the sequence, from the first
   *     on
   */
  default void read(Decoding decoding, int length, int taken) {}

  /** Frees memory. */
  @Override
  void close();

  /**
   * What a drafter has to know of its sequence.
   *
   * @param padding number of ids at its start that are padding
   * @param maxLength greatest number of ids that it may reach
   * @param vocabSize number of tokens of the checking model: V
   */
  record Sequence(int padding, int maxLength, int vocabSize) {}

  /** Makes a drafter for each sequence. */
  @FunctionalInterface
  interface Factory {
    /** Returns a drafter for a new sequence. */
    Drafter open(Sequence sequence);
  }
}
