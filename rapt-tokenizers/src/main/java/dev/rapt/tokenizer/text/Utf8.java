package dev.rapt.tokenizer.text;

/** Reads and writes single code points in UTF-8. */
public final class Utf8 {
  private Utf8() {}

  /** Returns the number of bytes of a code point. */
  public static int length(int codePoint) {
    return codePoint < 0x80 ? 1 : codePoint < 0x800 ? 2 : codePoint < 0x10000 ? 3 : 4;
  }

  /** Returns the first byte (0 to 255) of a code point. */
  public static int firstByte(int codePoint) {
    return codePoint < 0x80
        ? codePoint
        : codePoint < 0x800
            ? 0xC0 | codePoint >>> 6
            : codePoint < 0x10000 ? 0xE0 | codePoint >>> 12 : 0xF0 | codePoint >>> 18;
  }

  /** Writes a code point at {@code at}; returns the index after it. */
  public static int write(int codePoint, byte[] out, int at) {
    if (codePoint < 0x80) {
      out[at] = (byte) codePoint;
      return at + 1;
    }
    int count = length(codePoint);
    for (int i = count - 1; i > 0; i--) {
      out[at + i] = (byte) (0x80 | (codePoint & 0x3F));
      codePoint >>>= 6;
    }
    int lead = count == 2 ? 0xC0 : count == 3 ? 0xE0 : 0xF0;
    out[at] = (byte) (lead | codePoint);
    return at + count;
  }

  /**
   * Returns the code point at {@code at} in the high bits and its length in bytes in the low three
   * bits. A byte that begins no valid sequence within {@code [at, to)} is U+FFFD with length 1.
   */
  public static int read(byte[] s, int at, int to) {
    int b = s[at];
    if (b >= 0) {
      return b << 3 | 1;
    }
    int count =
        b < (byte) 0xC2 ? 1 : b < (byte) 0xE0 ? 2 : b < (byte) 0xF0 ? 3 : b < (byte) 0xF5 ? 4 : 1;
    if (count == 1 || at + count > to) {
      return 0xFFFD << 3 | 1;
    }
    int codePoint = b & (0xFF >> (count + 1));
    for (int i = 1; i < count; i++) {
      int next = s[at + i];
      if ((next & 0xC0) != 0x80) {
        return 0xFFFD << 3 | 1;
      }
      codePoint = codePoint << 6 | (next & 0x3F);
    }
    boolean overlong = (count == 3 && codePoint < 0x800) || (count == 4 && codePoint < 0x10000);
    boolean invalid = codePoint > 0x10FFFF || (codePoint >= 0xD800 && codePoint <= 0xDFFF);
    return overlong || invalid ? 0xFFFD << 3 | 1 : codePoint << 3 | count;
  }

  /** Returns the start of the code point that ends at {@code end}. */
  public static int before(byte[] s, int end, int from) {
    int i = end - 1;
    while (i > from && end - i < 4 && (s[i] & 0xC0) == 0x80) {
      i--;
    }
    return (read(s, i, end) & 7) == end - i ? i : end - 1;
  }

  /** Encodes {@code text} in UTF-8, followed by {@code padding} zero bytes. */
  public static byte[] encode(AlignedText text, int padding) {
    int count = padding;
    for (int i = 0; i < text.length(); i++) {
      count += length(text.codePoint(i));
    }
    byte[] bytes = new byte[count];
    int at = 0;
    for (int i = 0; i < text.length(); i++) {
      at = write(text.codePoint(i), bytes, at);
    }
    return bytes;
  }
}
