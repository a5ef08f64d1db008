package dev.rapt.tokenizer.postprocess;

import dev.rapt.tokenizer.text.ByteAlphabet;
import dev.rapt.tokenizer.text.CharClass;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * White space at the ends of the tokens of a vocabulary, which byte-level post-processors exclude
 * from offsets. Counted once, since reading the characters of each token of a text takes longer
 * than all else that is done with it.
 */
public final class TokenSpaces {
  /** The token must be looked at. */
  static final byte UNKNOWN = (byte) 0xFF;

  private static final int MOST = 14;

  private final byte[] counts;

  /**
   * Counts the white space of all tokens.
   *
   * @param idLimit the largest id plus one
   * @param tokenOf gives the token of an id, or null
   */
  public TokenSpaces(int idLimit, IntFunction<@Nullable String> tokenOf) {
    counts = new byte[idLimit];
    for (int id = 0; id < idLimit; id++) {
      String token = tokenOf.apply(id);
      int leading = token == null ? 0 : leading(token);
      int trailing = token == null ? 0 : trailing(token);
      counts[id] = leading > MOST || trailing > MOST ? UNKNOWN : (byte) (leading | trailing << 4);
    }
  }

  /** Returns the counts of a token, to be read by {@link Draft}. */
  public byte of(int id) {
    return counts[id];
  }

  static int leading(byte counts) {
    return counts & 0xF;
  }

  static int trailing(byte counts) {
    return (counts & 0xFF) >>> 4;
  }

  static int leading(String token) {
    int count = 0;
    for (int at = 0; at < token.length() && isSpace(token.codePointAt(at)); count++) {
      at += Character.charCount(token.codePointAt(at));
    }
    return count;
  }

  static int trailing(String token) {
    int count = 0;
    for (int at = token.length(); at > 0 && isSpace(token.codePointBefore(at)); count++) {
      at -= Character.charCount(token.codePointBefore(at));
    }
    return count;
  }

  private static boolean isSpace(int codePoint) {
    return codePoint == ByteAlphabet.charOf(' ') || CharClass.isWhitespace(codePoint);
  }
}
