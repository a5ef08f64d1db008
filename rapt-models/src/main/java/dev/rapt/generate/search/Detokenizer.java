package dev.rapt.generate.search;

/** Turns the new ids of one sequence into text, one id at a time. */
public interface Detokenizer {
  /** Returns the text that this id completes; empty within a character of several bytes. */
  String append(int token);

  /** Ends the sequence and returns the remaining text. */
  String finish();

  /** Makes a detokenizer for each sequence. */
  @FunctionalInterface
  interface Factory {
    /**
     * Returns a detokenizer for a new continuation.
     *
     * @param prompt the ids before it, whose text is not returned
     */
    Detokenizer open(int[] prompt);
  }
}
