package dev.rapt.tokenizer.types;


/**
 * How long texts are cut.
 *
 * @param maxLength tokens, with the special ones
 * @param stride tokens that neighbouring parts share
 * @param left whether the begin of the text is cut off
 */
public record Truncation(int maxLength, Strategy strategy, int stride, boolean left) {

  public Truncation {
    if (maxLength < 0 || stride < 0) {
      throw new IllegalArgumentException(
          "truncation: max_length and stride must not be negative, got "
              + maxLength
              + " and "
              + stride);
    }
  }

  /** Cuts the end off, at {@code maxLength} tokens. */
  public static Truncation to(int maxLength) {
    return new Truncation(maxLength, Strategy.LONGEST_FIRST, 0, false);
  }

  /** Which of two texts is cut. */
  public enum Strategy {
    LONGEST_FIRST,
    ONLY_FIRST,
    ONLY_SECOND
  }
}
