package dev.rapt.tokenizer.model;

import dev.rapt.tokenizer.text.AlignedText;

/**
 * SentencePiece's marks of spaces, U+2581. A text may be divided before a mark that follows another
 * character if no token holds a mark there: then no merge crosses the place.
 */
final class SpaceMarks {
  private static final char MARK = '\u2581';

  /** The mark as a token. */
  static final String TOKEN = "\u2581";

  private SpaceMarks() {}

  /** Returns whether a token holds a mark after another character. */
  static boolean isCrossedBy(String token) {
    for (int at = token.indexOf(MARK, 1); at > 0; at = token.indexOf(MARK, at + 1)) {
      if (token.charAt(at - 1) != MARK) {
        return true;
      }
    }
    return false;
  }

  /** Returns whether a merge of two tokens puts a mark after another character. */
  static boolean areCrossedBy(String left, String right) {
    return !left.isEmpty() && right.startsWith(TOKEN) && left.charAt(left.length() - 1) != MARK;
  }

  /** Returns the next place after {@code from} to divide a text; its length if there is none. */
  static int next(AlignedText text, int from) {
    int i = from + 1;
    while (i < text.length() && (text.codePoint(i) != MARK || text.codePoint(i - 1) == MARK)) {
      i++;
    }
    return Math.min(i, text.length());
  }
}
