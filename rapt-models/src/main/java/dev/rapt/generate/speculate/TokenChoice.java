package dev.rapt.generate.speculate;

/**
 * How a sequence chooses its next tokens: by its processors, and when it samples with the random
 * number of the position. A drafter that chooses in the same way guesses the same tokens if its
 * scores are alike.
 */
public interface TokenChoice {
  /**
   * Returns the token that the sequence would choose from these scores.
   *
   * @param ids ids of prompt and continuation, then the guesses so far
   * @param length number of valid ids
   * @param scores one for each token of the vocabulary (V); overwritten
   */
  int choose(int[] ids, int length, float[] scores);

  /** Returns whether this token ends the sequence, so that nothing follows it. */
  boolean ends(int token);
}
