package dev.rapt.tokenizer.types;

/**
 * How long texts are truncated.
 *
 * @param maxLength largest number of tokens, special ones included
 * @param strategy which text of a pair is truncated
 * @param stride number of tokens that neighbouring parts share
 * @param left whether the start of the text is removed instead of its end
 */
public record Truncation(int maxLength, Strategy strategy, int stride, boolean left) {

  /** Checks the lengths. */
  public Truncation {
    if (maxLength < 0 || stride < 0) {
      throw new IllegalArgumentException(
          "truncation: max_length and stride must not be negative, got "
              + maxLength
              + " and "
              + stride);
    }
  }

  /**
   * Removes the end of the longer text, at {@code maxLength} tokens.
   *
   * @param maxLength largest number of tokens, special ones included
   * @return the truncation
   */
  public static Truncation to(int maxLength) {
    return new Truncation(maxLength, Strategy.LONGEST_FIRST, 0, false);
  }

  /** Which text of a pair is truncated. */
  public enum Strategy {
    /** The longer text, until both are equally long. */
    LONGEST_FIRST,
    /** Only the first text. */
    ONLY_FIRST,
    /** Only the second text. */
    ONLY_SECOND
  }
}
