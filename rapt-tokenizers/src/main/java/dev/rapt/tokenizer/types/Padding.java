package dev.rapt.tokenizer.types;

/**
 * How the encodings of a batch are padded to one length.
 *
 * @param fixedLength length in tokens; 0 for the longest of the batch
 * @param left whether padding precedes the text
 * @param multipleOf the length is rounded up to a multiple of this; 0 for no rounding
 * @param padId id of the padding token
 * @param padTypeId token type of the padding
 * @param padToken the padding token
 */
public record Padding(
    int fixedLength, boolean left, int multipleOf, int padId, int padTypeId, String padToken) {

  private static final int MAX_LENGTH = 1 << 24; // tokens; more would exhaust memory

  /** Checks the lengths. */
  public Padding {
    if (fixedLength < 0 || fixedLength > MAX_LENGTH || multipleOf < 0 || multipleOf > MAX_LENGTH) {
      throw new IllegalArgumentException(
          "padding: lengths must be in 0 to "
              + MAX_LENGTH
              + ", got "
              + fixedLength
              + " and "
              + multipleOf);
    }
  }

  /**
   * Pads on the right to the longest of the batch.
   *
   * @param padId id of the padding token
   * @param padToken the padding token
   * @return the padding
   */
  public static Padding toLongest(int padId, String padToken) {
    return new Padding(0, false, 0, padId, 0, padToken);
  }
}
