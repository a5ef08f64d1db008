package dev.rapt.tokenizer.jinja;

import dev.rapt.tokenizer.jinja.text.Errors;
import dev.rapt.tokenizer.jinja.text.Strings;
import dev.rapt.tokenizer.types.ChatTemplateException;
import java.math.BigInteger;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Splits a template into tokens. The first newline after a tag is removed ({@code trim_blocks}),
 * and so is white space between the start of a line and a tag ({@code lstrip_blocks}). A minus sign
 * in a tag removes all white space on that side; a plus sign keeps it.
 */
final class Lexer {
  private static final Pattern NEWLINE = Pattern.compile("\r\n|\r|\n");
  private static final Pattern OPENING = Pattern.compile("\\{[%{#]");
  private static final Pattern RAW_BEGIN =
      Pattern.compile("\\{%[-+]?\\s*raw\\s*(?:-%}\\s*|%})", Pattern.UNICODE_CHARACTER_CLASS);
  private static final Pattern RAW_END =
      Pattern.compile(
          "\\{%([-+]?)\\s*endraw\\s*(?:\\+%}|-%}\\s*|%}\\n?)", Pattern.UNICODE_CHARACTER_CLASS);
  private static final Pattern NAME =
      Pattern.compile("[\\p{L}\\p{Nl}_][\\p{L}\\p{Nl}\\p{M}\\p{Nd}\\p{Pc}]*");
  private static final Pattern FLOAT =
      Pattern.compile(
          "\\d+(?:_\\d+)*(?:(?:\\.\\d+(?:_\\d+)*)?[eE][+-]?\\d+(?:_\\d+)*|\\.\\d+(?:_\\d+)*)");
  private static final Pattern INTEGER =
      Pattern.compile(
          "0[bB](?:_?[01])+|0[oO](?:_?[0-7])+|0[xX](?:_?[\\da-fA-F])+|[1-9](?:_?\\d)*|0(?:_?0)*");
  private static final Set<String> OPERATORS =
      Set.of(
          "+", "-", "/", "//", "*", "%", "**", "~", "[", "]", "(", ")", "{", "}", "==", "!=", ">",
          ">=", "<", "<=", "=", ".", ":", "|", ",", ";");

  private final String source;
  private final boolean keepsSpace;

  /**
   * A token of a template.
   *
   * @param text the name, the operator, or literal template text
   * @param value the value of a literal; otherwise the text
   * @param line line of the template, from 1
   */
  record Token(Kind kind, String text, Object value, int line) {
    enum Kind {
      TEXT,
      PRINT_BEGIN,
      PRINT_END,
      TAG_BEGIN,
      TAG_END,
      NAME,
      STRING,
      NUMBER,
      OPERATOR,
      END
    }

    Token(Kind kind, String text, int line) {
      this(kind, text, text, line);
    }

    boolean isName(String name) {
      return kind == Kind.NAME && text.equals(name);
    }

    boolean isOperator(String operator) {
      return kind == Kind.OPERATOR && text.equals(operator);
    }

    /** Describes the token in error messages. */
    String described() {
      return switch (kind) {
        case TEXT -> "template data";
        case END -> "end of template";
        case TAG_END -> "end of statement block";
        case PRINT_END -> "end of print statement";
        default -> text;
      };
    }
  }

  private final List<Token> tokens = new ArrayList<>();
  private final Deque<Character> open = new ArrayDeque<>();
  private int at;
  private int line = 1;

  private Lexer(String source, boolean keepsSpace) {
    this.source = source;
    this.keepsSpace = keepsSpace;
  }

  /**
   * Returns the tokens of a template; the last one marks the end.
   *
   * @param keepsSpace whether white space around tags without a minus sign stays, and so does a
   *     newline at the end of the template
   * @throws ChatTemplateException if a tag, string or comment is not closed, or a character starts
   *     no token
   */
  static List<Token> tokens(String template, boolean keepsSpace) {
    String text = NEWLINE.matcher(template).replaceAll("\n");
    boolean drops = !keepsSpace && text.endsWith("\n");
    Lexer lexer = new Lexer(drops ? text.substring(0, text.length() - 1) : text, keepsSpace);
    lexer.run();
    return lexer.tokens;
  }

  /** Returns whether a string is a name: {@code str.isidentifier}. */
  static boolean isName(String text) {
    return NAME.matcher(text).matches();
  }

  private void run() {
    Matcher opening = OPENING.matcher(source);
    while (at < source.length()) {
      if (!opening.find(at)) {
        text(source.substring(at));
        advance(source.length());
        break;
      }
      int start = opening.start();
      char kind = source.charAt(start + 1);
      Matcher raw = RAW_BEGIN.matcher(source).region(start, source.length());
      boolean isRaw = kind == '%' && raw.lookingAt();
      char sign = start + 2 < source.length() ? source.charAt(start + 2) : ' ';
      text(beforeTag(at, start, sign, kind != '{'));
      advance(start);
      if (isRaw) {
        advance(raw.end());
        raw();
      } else if (kind == '#') {
        comment();
      } else {
        tag(kind == '{', sign == '-' || sign == '+' ? start + 3 : start + 2);
      }
    }
    tokens.add(new Token(Token.Kind.END, "", line));
  }

  /** Returns the text {@code [from, to)} without the white space that the next tag removes. */
  private String beforeTag(int from, int to, char sign, boolean stripsLine) {
    String text = source.substring(from, to);
    if (sign == '-') {
      return Strings.stripRight(text, Strings::isSpace);
    }
    int lineStart = text.lastIndexOf('\n') + 1;
    boolean fromLineStart = lineStart > 0 || from == 0 || source.charAt(from - 1) == '\n';
    boolean strips =
        stripsLine
            && !keepsSpace
            && sign != '+'
            && fromLineStart
            && text.substring(lineStart).codePoints().allMatch(Strings::isSpace);
    return strips ? text.substring(0, lineStart) : text;
  }

  private void text(String text) {
    if (!text.isEmpty()) {
      tokens.add(new Token(Token.Kind.TEXT, text, line));
    }
  }

  private void advance(int to) {
    for (int i = at; i < to; i++) {
      line += source.charAt(i) == '\n' ? 1 : 0;
    }
    at = to;
  }

  private void advanceSpace(int from) {
    int to = from;
    while (to < source.length() && Strings.isSpace(source.charAt(to))) {
      to++;
    }
    advance(to);
  }

  private void comment() {
    int end = source.indexOf("#}", at + 2);
    if (end < 0) {
      throw Errors.syntax("Missing end of comment tag", line);
    }
    char sign = end > at + 2 ? source.charAt(end - 1) : ' ';
    leave(end + 2, sign);
  }

  private void raw() {
    Matcher end = RAW_END.matcher(source);
    if (!end.find(at)) {
      throw Errors.syntax("Missing end of raw directive", line);
    }
    char sign = end.group(1).isEmpty() ? ' ' : end.group(1).charAt(0);
    text(beforeTag(at, end.start(), sign, true));
    boolean skipsNewline = end.group().endsWith("%}\n") && !end.group().endsWith("-%}\n");
    advance(skipsNewline && keepsSpace ? end.end() - 1 : end.end());
  }

  /** Skips the newline after a comment or a statement. */
  private void leave(int end, char sign) {
    if (sign == '-') {
      advanceSpace(end);
    } else {
      boolean newline =
          !keepsSpace && sign != '+' && end < source.length() && source.charAt(end) == '\n';
      advance(newline ? end + 1 : end);
    }
  }

  private void tag(boolean prints, int begin) {
    tokens.add(
        new Token(
            prints ? Token.Kind.PRINT_BEGIN : Token.Kind.TAG_BEGIN, prints ? "{{" : "{%", line));
    int beginLine = line;
    advance(begin);
    String close = prints ? "}}" : "%}";
    while (true) {
      advanceSpace(at);
      if (at >= source.length()) {
        throw Errors.syntax(
            "unexpected end of template, expected '" + close + "' for the tag of this line",
            beginLine);
      }
      if (open.isEmpty()) {
        boolean signed = source.startsWith(close, at + 1);
        char sign = source.charAt(at);
        if (source.startsWith(close, at) || (signed && (sign == '-' || (sign == '+' && !prints)))) {
          int end = at + (signed && !source.startsWith(close, at) ? 3 : 2);
          tokens.add(new Token(prints ? Token.Kind.PRINT_END : Token.Kind.TAG_END, close, line));
          if (prints) {
            if (end == at + 3) {
              advanceSpace(end);
            } else {
              advance(end);
            }
          } else {
            leave(end, end == at + 3 ? sign : ' ');
          }
          return;
        }
      }
      token();
    }
  }

  private void token() {
    char c = source.charAt(at);
    if (c == '\'' || c == '"') {
      string(c);
      return;
    }
    boolean afterDot = at > 0 && source.charAt(at - 1) == '.';
    if (!afterDot && literal(FLOAT, Token.Kind.NUMBER)) {
      return;
    }
    if (literal(INTEGER, Token.Kind.NUMBER) || literal(NAME, Token.Kind.NAME)) {
      return;
    }
    for (int length = 2; length > 0; length--) {
      if (at + length <= source.length() && OPERATORS.contains(source.substring(at, at + length))) {
        operator(source.substring(at, at + length));
        return;
      }
    }
    throw Errors.syntax(
        "unexpected char " + Repr.repr(Character.toString(source.codePointAt(at))) + " at " + at,
        line);
  }

  private boolean literal(Pattern pattern, Token.Kind kind) {
    Matcher matcher = pattern.matcher(source).region(at, source.length());
    if (!matcher.lookingAt()) {
      return false;
    }
    String text = matcher.group();
    Object value = kind == Token.Kind.NAME ? text : number(text.replace("_", ""));
    tokens.add(new Token(kind, text, value, line));
    advance(matcher.end());
    return true;
  }

  private static Object number(String digits) {
    String lower = Strings.lower(digits);
    if (lower.startsWith("0x")) {
      return PythonMath.integer(new BigInteger(lower.substring(2), 16));
    }
    if (lower.startsWith("0o")) {
      return PythonMath.integer(new BigInteger(lower.substring(2), 8));
    }
    if (lower.startsWith("0b")) {
      return PythonMath.integer(new BigInteger(lower.substring(2), 2));
    }
    return lower.chars().allMatch(Character::isDigit)
        ? PythonMath.integer(new BigInteger(lower))
        : (Object) Double.valueOf(lower);
  }

  private void operator(String operator) {
    char c = operator.charAt(0);
    if (c == '(' || c == '[' || c == '{') {
      open.push(c == '(' ? ')' : c == '[' ? ']' : '}');
    } else if (c == ')' || c == ']' || c == '}') {
      if (open.isEmpty()) {
        throw Errors.syntax("unexpected '" + c + "'", line);
      }
      char expected = open.pop();
      if (expected != c) {
        throw Errors.syntax("unexpected '" + c + "', expected '" + expected + "'", line);
      }
    }
    tokens.add(new Token(Token.Kind.OPERATOR, operator, line));
    advance(at + operator.length());
  }

  private void string(char quote) {
    int end = at + 1;
    while (end < source.length() && source.charAt(end) != quote) {
      end += source.charAt(end) == '\\' ? 2 : 1;
    }
    if (end >= source.length()) {
      throw Errors.syntax("unexpected char " + Repr.repr("" + quote) + " at " + at, line);
    }
    String value = unescape(source.substring(at + 1, end));
    tokens.add(new Token(Token.Kind.STRING, source.substring(at, end + 1), value, line));
    advance(end + 1);
  }

  private String unescape(String text) {
    if (text.indexOf('\\') < 0) {
      return text;
    }
    StringBuilder out = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c != '\\') {
        out.append(c);
        continue;
      }
      char code = text.charAt(++i);
      switch (code) {
        case '\n' -> {}
        case 'n' -> out.append('\n');
        case 't' -> out.append('\t');
        case 'r' -> out.append('\r');
        case 'b' -> out.append('\b');
        case 'f' -> out.append('\f');
        case 'a' -> out.append('\u0007');
        case 'v' -> out.append('\u000b');
        case '\\', '\'', '"' -> out.append(code);
        case 'N' -> i = named(text, i, out);
        case 'x' -> i = hex(text, i, 2, out);
        case 'u' -> i = hex(text, i, 4, out);
        case 'U' -> i = hex(text, i, 8, out);
        case '0', '1', '2', '3', '4', '5', '6', '7' -> {
          int end = i + 1;
          while (end < text.length()
              && end < i + 3
              && text.charAt(end) >= '0'
              && text.charAt(end) <= '7') {
            end++;
          }
          out.appendCodePoint(Integer.parseInt(text.substring(i, end), 8));
          i = end - 1;
        }
        default -> {
          out.append('\\');
          if (code < 0x80) {
            out.append(code);
          } else { // Jinja replaces it by an escape before it reads escapes
            int character = text.codePointAt(i);
            Repr.hex(character, out);
            i += Character.charCount(character) - 1;
          }
        }
      }
    }
    return out.toString();
  }

  /** Appends the character of a Unicode name in braces; returns the index of the closing one. */
  private int named(String text, int at, StringBuilder out) {
    int end = text.indexOf('}', at);
    if (!text.startsWith("{", at + 1) || end < 0) {
      throw Errors.syntax("malformed \\N character escape", line);
    }
    try {
      out.appendCodePoint(Character.codePointOf(text.substring(at + 2, end)));
    } catch (IllegalArgumentException e) {
      throw Errors.syntax("unknown Unicode character name: " + text.substring(at, end + 1), line);
    }
    return end;
  }

  /** Appends the character given in hexadecimal digits; returns the index of the last digit. */
  private int hex(String text, int at, int digits, StringBuilder out) {
    int end = at + 1 + digits;
    String code = text.substring(at + 1, Math.min(end, text.length()));
    boolean valid =
        code.length() == digits && code.chars().allMatch(c -> Character.digit(c, 16) >= 0);
    if (!valid || !Character.isValidCodePoint((int) Long.parseLong(code, 16))) {
      throw Errors.syntax("truncated escape in text: " + code, line);
    }
    out.appendCodePoint(Integer.parseInt(code, 16));
    return end - 1;
  }
}
