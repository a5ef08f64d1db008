package dev.rapt.generate.constrain.syntax;

import dev.rapt.generate.constrain.expression.CharSet;
import dev.rapt.generate.constrain.expression.Expr;
import java.util.ArrayList;
import java.util.List;

/**
 * Parses regular expressions in the syntax that Java and ECMAScript share: characters, escapes,
 * classes, groups, alternatives, quantifiers, and anchors at the ends of alternatives. The meaning
 * is that of ECMAScript with its {@code u} flag: {@code \d} and {@code \w} are ASCII, {@code \s} is
 * Unicode white space, the dot excludes line ends. Lazy quantifiers match the same texts as others.
 * Look-around, back-references, word boundaries, inline flags, possessive quantifiers and
 * operations on classes are refused by name.
 */
public final class RegexParser {
  private static final int MAX_REPEATS = 10_000;

  private final Scanner in;

  private RegexParser(String source) {
    in = new Scanner(source);
  }

  /**
   * The texts that an expression matches as a whole.
   *
   * @throws IllegalArgumentException if it is malformed or uses what is refused; names the position
   */
  public static Expr whole(String source) {
    return new RegexParser(source).parse().whole();
  }

  /**
   * The texts in which an expression is found somewhere.
   *
   * @throws IllegalArgumentException if it is malformed or uses what is refused; names the position
   */
  public static Expr found(String source) {
    return new RegexParser(source).parse().found();
  }

  private RegexNode parse() {
    RegexNode node = alternatives();
    if (!in.atEnd()) {
      throw error("must open a group before it closes it, got )");
    }
    return node;
  }

  private IllegalArgumentException error(String problem) {
    return new IllegalArgumentException(
        "regular expression: character %d: %s".formatted(in.position() + 1, problem));
  }

  private RegexNode alternatives() {
    List<RegexNode> options = new ArrayList<>();
    do {
      options.add(sequence());
    } while (in.take("|"));
    return options.size() == 1 ? options.getFirst() : new RegexNode.Choice(options);
  }

  private RegexNode sequence() {
    List<RegexNode> parts = new ArrayList<>();
    while (!in.atEnd() && !in.at('|') && !in.at(')')) {
      RegexNode part = part();
      parts.add(quantified(part));
    }
    return new RegexNode.Sequence(parts);
  }

  private RegexNode part() {
    if (in.take("(")) {
      return group();
    }
    if (in.take("[")) {
      return new RegexNode.Leaf(new Expr.Chars(charClass()));
    }
    if (in.take("^")) {
      return RegexNode.Anchor.START;
    }
    if (in.take("$")) {
      return RegexNode.Anchor.END;
    }
    if (in.take(".")) {
      return new RegexNode.Leaf(new Expr.Chars(RegexClasses.LINE_ENDS.not()));
    }
    if (in.take("\\")) {
      return new RegexNode.Leaf(new Expr.Chars(escape(false)));
    }
    if (in.at('*') || in.at('+') || in.at('?') || in.at('{')) {
      throw error("must have something to repeat, or a \\ before it, got " + in.shown());
    }
    return new RegexNode.Leaf(new Expr.Chars(CharSet.of(in.next())));
  }

  private RegexNode group() {
    if (in.take("?")) {
      if (in.take("=") || in.take("!") || in.take("<=") || in.take("<!")) {
        throw error("must do without look-ahead and look-behind, got (?");
      }
      if (in.take("<") || in.take("P<")) {
        while (!in.atEnd() && !in.at('>')) {
          in.next();
        }
        in.next();
      } else if (!in.take(":")) {
        throw error("must do without inline flags and atomic groups, got (?" + in.shown());
      }
    }
    RegexNode node = alternatives();
    if (!in.take(")")) {
      throw error("must close each group with ), got the end");
    }
    return node;
  }

  private RegexNode quantified(RegexNode part) {
    int min;
    int max;
    if (in.take("*")) {
      min = 0;
      max = Expr.Repeat.UNBOUNDED;
    } else if (in.take("+")) {
      min = 1;
      max = Expr.Repeat.UNBOUNDED;
    } else if (in.take("?")) {
      min = 0;
      max = 1;
    } else if (in.take("{")) {
      min = number();
      max = min;
      if (in.take(",")) {
        max = in.at('}') ? Expr.Repeat.UNBOUNDED : number();
      }
      if (!in.take("}")) {
        throw error("must close a quantifier with }, got " + in.shown());
      }
      if (max != Expr.Repeat.UNBOUNDED && max < min) {
        throw error("must have rising bounds in a quantifier, got {%d,%d}".formatted(min, max));
      }
    } else {
      return part;
    }
    in.take("?"); // lazy: the same texts
    if (in.at('+') || in.at('*') || in.at('?') || in.at('{')) {
      throw error("must have one quantifier, and no possessive one, got another " + in.shown());
    }
    return new RegexNode.Repeat(part, min, max);
  }

  private int number() {
    int value = -1;
    while (in.peek() >= '0' && in.peek() <= '9') {
      value = Math.min(MAX_REPEATS + 1, 10 * Math.max(0, value) + in.next() - '0');
    }
    if (value < 0 || value > MAX_REPEATS) {
      throw error(
          "must have numbers of at most %d in a quantifier, got %s"
              .formatted(MAX_REPEATS, value < 0 ? in.shown() : "more"));
    }
    return value;
  }

  private CharSet charClass() {
    boolean negated = in.take("^");
    CharSet set = CharSet.NONE;
    while (!in.take("]")) {
      if (in.atEnd()) {
        throw error("must close a class with ], got the end");
      }
      if (in.at('[') || (in.at('&') && in.peek(1) == '&')) {
        throw error("must do without classes in classes, got " + in.shown() + "; escape it");
      }
      CharSet first = classPart();
      if (in.at('-') && in.peek(1) != ']' && in.peek(1) != Scanner.END) {
        in.next();
        CharSet last = classPart();
        if (!isSingle(first) || !isSingle(last) || last.first(0) < first.first(0)) {
          throw error("must have rising ranges of single characters in a class");
        }
        set = set.or(CharSet.range(first.first(0), last.first(0)));
      } else {
        set = set.or(first);
      }
    }
    return negated ? set.not() : set;
  }

  private static boolean isSingle(CharSet set) {
    return set.numRanges() == 1 && set.first(0) == set.last(0);
  }

  private CharSet classPart() {
    return in.take("\\") ? escape(true) : CharSet.of(in.next());
  }

  /** The characters of an escape, after its backslash. */
  private CharSet escape(boolean inClass) {
    int c = in.next();
    return switch (c) {
      case 'd' -> RegexClasses.DIGITS;
      case 'D' -> RegexClasses.DIGITS.not();
      case 'w' -> RegexClasses.WORD;
      case 'W' -> RegexClasses.WORD.not();
      case 's' -> RegexClasses.SPACES;
      case 'S' -> RegexClasses.SPACES.not();
      case 't' -> CharSet.of('\t');
      case 'n' -> CharSet.of('\n');
      case 'r' -> CharSet.of('\r');
      case 'f' -> CharSet.of('\f');
      case 'v' -> CharSet.of(0x0B);
      case '0' -> {
        if (Character.isDigit(in.peek())) {
          throw error("must escape characters by \\x or \\u, got an octal escape");
        }
        yield CharSet.of(0);
      }
      case 'c' -> {
        int letter = in.next();
        if (!(letter >= 'A' && letter <= 'Z') && !(letter >= 'a' && letter <= 'z')) {
          throw error("must have a letter after \\c");
        }
        yield CharSet.of(letter & 0x1F);
      }
      case 'x' -> CharSet.of(hex(2));
      case 'u' -> CharSet.of(unicode());
      case 'p' -> property();
      case 'P' -> property().not();
      case 'b' -> {
        if (inClass) {
          yield CharSet.of('\b');
        }
        throw error("must do without word boundaries, got \\b");
      }
      case Scanner.END -> throw error("must have a character after \\, got the end");
      default -> {
        boolean isPlain = c < 0x80 && !Character.isLetterOrDigit(c);
        if (!isPlain) {
          String name = Character.toString(c);
          throw error(
              Character.isDigit(c) || c == 'k'
                  ? "must do without back-references, got \\" + name
                  : "must use escapes that Java and ECMAScript share, got \\" + name);
        }
        yield CharSet.of(c);
      }
    };
  }

  private int hex(int digits) {
    int value = 0;
    for (int i = 0; i < digits; i++) {
      int digit = in.peek() < 0x80 ? Character.digit(in.peek(), 16) : -1;
      if (digit < 0) {
        throw error("must have %d hexadecimal digits in an escape".formatted(digits));
      }
      value = 16 * value + digit;
      in.next();
    }
    return value;
  }

  private int unicode() {
    if (in.take("{")) {
      int value = 0;
      while (!in.at('}')) {
        value = 16 * value + hex(1);
        if (value > 0x10FFFF) {
          throw error("must escape characters up to 10FFFF");
        }
      }
      in.next();
      return value;
    }
    int first = hex(4);
    if (Character.isHighSurrogate((char) first) && in.take("\\u")) {
      int second = hex(4);
      if (Character.isLowSurrogate((char) second)) {
        return Character.toCodePoint((char) first, (char) second);
      }
    }
    if (first >= Character.MIN_SURROGATE && first <= Character.MAX_SURROGATE) {
      throw error("must escape whole characters, got half of a surrogate pair");
    }
    return first;
  }

  private CharSet property() {
    if (!in.take("{")) {
      throw error("must have a property in braces after \\p, got " + in.shown());
    }
    StringBuilder name = new StringBuilder();
    while (!in.atEnd() && !in.at('}')) {
      name.appendCodePoint(in.next());
    }
    in.next();
    try {
      return RegexClasses.property(name.toString());
    } catch (IllegalArgumentException e) {
      throw error(String.valueOf(e.getMessage()));
    }
  }
}
