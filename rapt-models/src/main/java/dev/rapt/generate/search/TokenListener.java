package dev.rapt.generate.search;

/** Receives every token as soon as it is chosen. */
@FunctionalInterface
public interface TokenListener {
  /**
   * Called for a new token of a sequence.
   *
   * @param sequence index of the sequence in the result
   * @param token its id
   * @param text new text that is certain: empty while a character or a possible stop string is
   *     incomplete, and without a detokenizer
   * @return true to continue this sequence, false to end it
   */
  boolean onToken(int sequence, int token, String text);
}
