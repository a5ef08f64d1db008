package dev.rapt.tokenizer.types;


/**
 * How encodings of a batch are brought to one length.
 *
 * @param fixedLength length in tokens to pad to; 0 for the longest of the batch
 * @param left whether the padding goes before the text
 * @param multipleOf the length is rounded up to a multiple of this; 0 for no rounding
 */
public record Padding(
    int fixedLength, boolean left, int multipleOf, int padId, int padTypeId, String padToken) {

  public Padding {
    if (fixedLength < 0 || multipleOf < 0) {
      throw new IllegalArgumentException(
          "padding: lengths must not be negative, got " + fixedLength + " and " + multipleOf);
    }
  }

  /** Padding on the right to the longest of the batch. */
  public static Padding toLongest(int padId, String padToken) {
    return new Padding(0, false, 0, padId, 0, padToken);
  }
}
