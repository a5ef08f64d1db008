package dev.rapt.generate.constrain.syntax;

/** The characters of a source, with the line that is read. Not thread-safe. */
final class Scanner {
  /** What {@link #peek} and {@link #next} return at the end. */
  static final int END = -1;

  private final int[] source;
  private int at;
  private int line = 1;

  Scanner(String source) {
    this.source = source.codePoints().toArray();
  }

  boolean atEnd() {
    return at >= source.length;
  }

  boolean at(char c) {
    return peek() == c;
  }

  int peek() {
    return peek(0);
  }

  /** The character after {@code ahead} others. */
  int peek(int ahead) {
    return at + ahead < source.length ? source[at + ahead] : END;
  }

  int next() {
    if (atEnd()) {
      return END;
    }
    line += source[at] == '\n' ? 1 : 0;
    return source[at++];
  }

  /** Consumes a text if it is next. */
  boolean take(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (peek(i) != text.charAt(i)) {
        return false;
      }
    }
    for (int i = 0; i < text.length(); i++) {
      next();
    }
    return true;
  }

  /** Reads a character's number with so many hexadecimal digits. */
  int hex(int digits) {
    long value = 0;
    for (int i = 0; i < digits; i++) {
      int digit = peek() < 0x80 ? Character.digit(peek(), 16) : -1;
      if (digit < 0) {
        throw error(
            "must have %d hexadecimal digits in an escape, got %s".formatted(digits, shown()));
      }
      value = 16 * value + digit;
      next();
    }
    if (value > 0x10FFFF) {
      throw error("must escape a Unicode character, got " + Long.toHexString(value));
    }
    return (int) value;
  }

  int line() {
    return line;
  }

  /** Number of characters read. */
  int position() {
    return at;
  }

  /** The next character as errors show it. */
  String shown() {
    return atEnd() ? "the end" : at('\n') ? "the end of the line" : Character.toString(peek());
  }

  IllegalArgumentException error(String problem) {
    return error(line, problem);
  }

  static IllegalArgumentException error(int line, String problem) {
    return new IllegalArgumentException("grammar: line %d: %s".formatted(line, problem));
  }
}
