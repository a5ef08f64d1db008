package dev.rapt.tokenizer.text;

import java.util.Arrays;

/**
 * The 256 printable characters that represent bytes in byte-level vocabularies: printable Latin-1
 * characters represent themselves, the other bytes are mapped to U+0100 and up, in order. Source:
 * bytes_to_unicode in https://github.com/openai/gpt-2/blob/9b63575/src/encoder.py
 */
public final class ByteAlphabet {
  private static final char[] CHARS = new char[256];
  private static final short[] BYTES = new short[0x144];

  static {
    Arrays.fill(BYTES, (short) -1);
    int next = 0x100;
    for (int b = 0; b < 256; b++) {
      boolean printable = (b >= '!' && b <= '~') || (b >= 0xA1 && b <= 0xAC) || b >= 0xAE;
      CHARS[b] = (char) (printable ? b : next++);
      BYTES[CHARS[b]] = (short) b;
    }
  }

  private ByteAlphabet() {}

  /** Returns the character of a byte. */
  public static char charOf(int unsignedByte) {
    return CHARS[unsignedByte];
  }

  /** Returns the byte (0 to 255) of a character, or -1. */
  public static int byteOf(int codePoint) {
    return codePoint < BYTES.length ? BYTES[codePoint] : -1;
  }

  /** Returns the bytes of a token, or an empty array if a character represents no byte. */
  public static byte[] bytesOf(String token) {
    byte[] bytes = new byte[token.length()];
    for (int i = 0; i < bytes.length; i++) {
      int b = byteOf(token.charAt(i));
      if (b < 0) {
        return new byte[0];
      }
      bytes[i] = (byte) b;
    }
    return bytes;
  }

  /** Returns the token of the bytes {@code [from, to)}. */
  public static String tokenOf(byte[] bytes, int from, int to) {
    char[] chars = new char[to - from];
    for (int i = from; i < to; i++) {
      chars[i - from] = CHARS[bytes[i] & 0xFF];
    }
    return new String(chars);
  }
}
