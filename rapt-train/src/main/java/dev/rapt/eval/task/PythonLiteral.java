package dev.rapt.eval.task;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Reads lists as Python prints them, such as {@code ['a', "b's", 3]}: what templates make of a
 * list.
 */
final class PythonLiteral {
  private final String text;
  private int at;

  private PythonLiteral(String text) {
    this.text = text;
  }

  /** Signals text that is no list. */
  private static final class NotAList extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  /**
   * Returns the elements of a list or tuple of strings and numbers; numbers are {@code Long} and
   * {@code Double}. Empty if the text is no such list.
   */
  static Optional<List<Object>> list(String text) {
    PythonLiteral reader = new PythonLiteral(text.strip());
    try {
      List<Object> elements = reader.elements();
      return reader.at == reader.text.length() ? Optional.of(elements) : Optional.empty();
    } catch (NotAList _) {
      return Optional.empty();
    }
  }

  private List<Object> elements() {
    char open = next();
    char close = open == '[' ? ']' : ')';
    if (open != '[' && open != '(') {
      throw new NotAList();
    }
    List<Object> elements = new ArrayList<>();
    skipSpace();
    while (peek() != close) {
      elements.add(peek() == '\'' || peek() == '"' ? string() : number());
      skipSpace();
      if (peek() == ',') {
        at++;
        skipSpace();
      } else if (peek() != close) {
        throw new NotAList();
      }
    }
    at++;
    return elements;
  }

  private String string() {
    char quote = next();
    StringBuilder out = new StringBuilder();
    for (char c = next(); c != quote; c = next()) {
      if (c != '\\') {
        out.append(c);
        continue;
      }
      char escape = next();
      switch (escape) {
        case 'n' -> out.append('\n');
        case 'r' -> out.append('\r');
        case 't' -> out.append('\t');
        case '\\', '\'', '"' -> out.append(escape);
        case 'x' -> out.appendCodePoint(hex(2));
        case 'u' -> out.appendCodePoint(hex(4));
        case 'U' -> out.appendCodePoint(hex(8));
        default -> out.append('\\').append(escape);
      }
    }
    return out.toString();
  }

  private int hex(int digits) {
    if (at + digits > text.length()) {
      throw new NotAList();
    }
    String number = text.substring(at, at += digits);
    try {
      return Integer.parseInt(number, 16);
    } catch (NumberFormatException _) {
      throw new NotAList();
    }
  }

  private Object number() {
    int start = at;
    while (at < text.length() && "+-.eE0123456789".indexOf(text.charAt(at)) >= 0) {
      at++;
    }
    String number = text.substring(start, at);
    try {
      return number.matches("[+-]?\\d+") ? (Object) Long.valueOf(number) : Double.valueOf(number);
    } catch (NumberFormatException _) {
      throw new NotAList();
    }
  }

  private void skipSpace() {
    while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
      at++;
    }
  }

  private char peek() {
    if (at >= text.length()) {
      throw new NotAList();
    }
    return text.charAt(at);
  }

  private char next() {
    char c = peek();
    at++;
    return c;
  }
}
