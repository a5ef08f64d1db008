package dev.rapt.generate;

/** Told of every token as soon as it is chosen. */
@FunctionalInterface
public interface TokenListener {
  /**
   * A new token of a sequence.
   *
   * @param sequence index of the sequence in the result
   * @param token its id
   * @param text text that is certain by now: empty while a character or a possible stop string is
   *     incomplete, and without a detokenizer
   * @return whether to go on with this sequence
   */
  boolean onToken(int sequence, int token, String text);
}
