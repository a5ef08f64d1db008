package dev.rapt.tokenizer.text;

/** Unicode classes of code points as bit sets, by table for the basic plane. */
public final class CharClass {
  /** {@code \p{L}}. */
  public static final int LETTER = 1;

  /** {@code \p{N}}. */
  public static final int NUMBER = 2;

  /** {@code \s}: White_Space. */
  public static final int SPACE = 4;

  /** Carriage return or line feed; these are {@link #SPACE} too. */
  public static final int NEWLINE = 8;

  /** {@code [\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]}: what may begin a capitalised word. */
  public static final int UPPER = 16;

  /** {@code [\p{Ll}\p{Lm}\p{Lo}\p{M}]}: what may continue one. */
  public static final int LOWER = 32;

  /** {@code \p{M}}. */
  public static final int MARK = 64;

  /** {@code [\p{P}\p{S}]}. */
  public static final int PUNCTUATION = 128;

  private static final short[] BASIC_PLANE = new short[0x10000];

  static {
    for (int c = 0; c < BASIC_PLANE.length; c++) {
      BASIC_PLANE[c] = (short) compute(c);
    }
  }

  private CharClass() {}

  /** Returns the bits of a code point. */
  public static int of(int codePoint) {
    return codePoint < 0x10000 ? BASIC_PLANE[codePoint] : compute(codePoint);
  }

  /** Returns the bits of the code point at {@code at} in UTF-8, and its length from bit 8 up. */
  public static int read(byte[] s, int at, int to) {
    int b = s[at];
    if (b >= 0) {
      return BASIC_PLANE[b] | 1 << 8;
    }
    int point = Utf8.read(s, at, to);
    return of(point >>> 3) | (point & 7) << 8;
  }

  /** Returns whether a code point is White_Space in Unicode, as in Rust and Oniguruma. */
  public static boolean isWhitespace(int codePoint) {
    return (of(codePoint) & SPACE) != 0;
  }

  /** {@code \w}: letters, marks, decimal digits, connectors and other alphabetic characters. */
  public static boolean isWord(int codePoint) {
    int type = Character.getType(codePoint);
    return Character.isAlphabetic(codePoint)
        || (of(codePoint) & MARK) != 0
        || type == Character.DECIMAL_DIGIT_NUMBER
        || type == Character.CONNECTOR_PUNCTUATION
        || codePoint == 0x200C
        || codePoint == 0x200D;
  }

  private static int compute(int c) {
    int bits =
        switch (Character.getType(c)) {
          case Character.UPPERCASE_LETTER, Character.TITLECASE_LETTER -> LETTER | UPPER;
          case Character.LOWERCASE_LETTER -> LETTER | LOWER;
          case Character.MODIFIER_LETTER, Character.OTHER_LETTER -> LETTER | UPPER | LOWER;
          case Character.NON_SPACING_MARK,
              Character.COMBINING_SPACING_MARK,
              Character.ENCLOSING_MARK ->
              MARK | UPPER | LOWER;
          case Character.DECIMAL_DIGIT_NUMBER, Character.LETTER_NUMBER, Character.OTHER_NUMBER ->
              NUMBER;
          case Character.SPACE_SEPARATOR, Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR ->
              SPACE;
          case Character.CONNECTOR_PUNCTUATION,
              Character.DASH_PUNCTUATION,
              Character.START_PUNCTUATION,
              Character.END_PUNCTUATION,
              Character.INITIAL_QUOTE_PUNCTUATION,
              Character.FINAL_QUOTE_PUNCTUATION,
              Character.OTHER_PUNCTUATION,
              Character.MATH_SYMBOL,
              Character.CURRENCY_SYMBOL,
              Character.MODIFIER_SYMBOL,
              Character.OTHER_SYMBOL ->
              PUNCTUATION;
          default -> 0;
        };
    if ((c >= 9 && c <= 13) || c == 0x85) {
      bits |= SPACE;
    }
    return c == '\n' || c == '\r' ? bits | NEWLINE : bits;
  }
}
