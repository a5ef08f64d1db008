package dev.rapt.generate.constrain.syntax;

import dev.rapt.generate.constrain.expression.CharSet;
import dev.rapt.generate.constrain.expression.Expr;
import dev.rapt.generate.constrain.expression.Rules;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Parses GBNF, the grammar format of llama.cpp (its grammars/README.md): rules {@code name ::=
 * alternatives}, literals, character classes, groups, {@code * + ? {m,n}}, the dot for any
 * character, comments. Tokens of a vocabulary ({@code <name>}) are refused.
 */
public final class GbnfParser {
  private static final String ROOT = "root";
  private static final int MAX_REPEATS = 10_000;

  private final Scanner in;
  private final Map<String, Expr> rules = new LinkedHashMap<>();
  private final Map<String, Integer> calls = new LinkedHashMap<>(); // line of the first call

  private GbnfParser(String source) {
    in = new Scanner(source);
  }

  /**
   * Parses a grammar.
   *
   * @throws IllegalArgumentException if it is malformed, calls a rule that it lacks, or has no rule
   *     {@code root}; names the line
   */
  public static Rules parse(String source) {
    GbnfParser parser = new GbnfParser(source);
    parser.space(true);
    while (!parser.in.atEnd()) {
      parser.rule();
    }
    parser.calls.forEach((name, line) -> {
      if (!parser.rules.containsKey(name)) {
        throw Scanner.error(line, "must call rules of the grammar, got no rule " + name);
      }
    });
    if (!parser.rules.containsKey(ROOT)) {
      throw new IllegalArgumentException(
          "grammar: must have a rule root, got " + parser.rules.keySet());
    }
    return new Rules(parser.rules, ROOT);
  }

  private void rule() {
    int line = in.line();
    String name = name();
    space(false);
    if (!in.take("::=")) {
      throw in.error("must have ::= after the name of a rule, got " + in.shown());
    }
    space(true);
    Expr body = alternatives(false);
    if (rules.put(name, body) != null) {
      throw Scanner.error(line, "must define each rule once, got a second rule " + name);
    }
    if (!in.atEnd() && !in.at('\n')) {
      throw in.error("must have a rule end at the end of a line, got " + in.shown());
    }
    space(true);
  }

  private Expr alternatives(boolean nested) {
    List<Expr> options = new ArrayList<>();
    options.add(sequence(nested));
    while (in.take("|")) {
      space(true);
      options.add(sequence(nested));
    }
    return options.size() == 1 ? options.getFirst() : new Expr.Choice(options);
  }

  private Expr sequence(boolean nested) {
    List<Expr> parts = new ArrayList<>();
    while (true) {
      Expr part;
      if (in.take("\"")) {
        part = literal();
      } else if (in.take("[")) {
        part = new Expr.Chars(charClass());
      } else if (in.take("(")) {
        space(true);
        part = alternatives(true);
        if (!in.take(")")) {
          throw in.error("must close a group with ), got " + in.shown());
        }
      } else if (in.take(".")) {
        part = new Expr.Chars(CharSet.ALL);
      } else if (in.at('<') || in.at('!')) {
        throw in.error("must match characters, got a token of a vocabulary; write its text");
      } else if (isNamePart(in.peek())) {
        int line = in.line();
        String name = name();
        calls.putIfAbsent(name, line);
        part = new Expr.Call(name);
      } else {
        return new Expr.Sequence(parts);
      }
      space(nested);
      parts.add(repeated(part, nested));
    }
  }

  /** Applies the repetitions that follow a part. */
  private Expr repeated(Expr part, boolean nested) {
    Expr repeated = part;
    while (true) {
      if (in.take("*")) {
        repeated = Expr.star(repeated);
      } else if (in.take("+")) {
        repeated = Expr.plus(repeated);
      } else if (in.take("?")) {
        repeated = Expr.optional(repeated);
      } else if (in.take("{")) {
        repeated = bounds(repeated);
      } else {
        return repeated;
      }
      space(nested);
    }
  }

  private Expr bounds(Expr body) {
    space(false);
    int min = in.at(',') ? 0 : number();
    space(false);
    int max = min;
    if (in.take(",")) {
      space(false);
      max = in.at('}') ? Expr.Repeat.UNBOUNDED : number();
      space(false);
    }
    if (!in.take("}")) {
      throw in.error("must close bounds of a repetition with }, got " + in.shown());
    }
    if (max != Expr.Repeat.UNBOUNDED && max < min) {
      throw in.error("must have rising bounds of a repetition, got {%d,%d}".formatted(min, max));
    }
    return new Expr.Repeat(body, min, max);
  }

  private int number() {
    int value = 0;
    if (!Character.isDigit(in.peek())) {
      throw in.error("must have a number in bounds of a repetition, got " + in.shown());
    }
    while (in.peek() >= '0' && in.peek() <= '9') {
      value = Math.min(MAX_REPEATS + 1, 10 * value + in.next() - '0');
    }
    if (value > MAX_REPEATS) {
      throw in.error("must repeat at most %d times, got more".formatted(MAX_REPEATS));
    }
    return value;
  }

  private Expr literal() {
    List<Expr> parts = new ArrayList<>();
    while (!in.take("\"")) {
      parts.add(new Expr.Chars(CharSet.of(character("a literal", "\""))));
    }
    return new Expr.Sequence(parts);
  }

  private CharSet charClass() {
    boolean negated = in.take("^");
    CharSet set = CharSet.NONE;
    while (!in.take("]")) {
      int first = character("a character class", "]");
      int last = first;
      if (in.at('-') && in.peek(1) != ']') {
        in.next();
        last = character("a character class", "]");
      }
      if (last < first) {
        throw in.error(
            "must have rising ranges of characters, got %s-%s"
                .formatted(Character.toString(first), Character.toString(last)));
      }
      set = set.or(CharSet.range(first, last));
    }
    return negated ? set.not() : set;
  }

  private int character(String what, String end) {
    if (in.atEnd() || in.at('\n') || in.at('\r')) {
      throw in.error("must close %s with %s on its line, got the end".formatted(what, end));
    }
    int c = in.next();
    if (c != '\\') {
      return c;
    }
    int escape = in.next();
    return switch (escape) {
      case 'n' -> '\n';
      case 'r' -> '\r';
      case 't' -> '\t';
      case '\\', '"', '[', ']', '-', '^' -> escape;
      case 'x' -> in.hex(2);
      case 'u' -> in.hex(4);
      case 'U' -> in.hex(8);
      default ->
          throw in.error(
              "must escape with one of \\n \\r \\t \\\\ \\\" \\[ \\] \\xXX \\uXXXX \\UXXXXXXXX, got \\"
                  + (escape == Scanner.END ? "" : Character.toString(escape)));
    };
  }

  private String name() {
    StringBuilder name = new StringBuilder();
    while (isNamePart(in.peek())) {
      name.appendCodePoint(in.next());
    }
    if (name.isEmpty()) {
      throw in.error("must have a rule, name ::= ..., got " + in.shown());
    }
    return name.toString();
  }

  private static boolean isNamePart(int c) {
    return (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || (c >= '0' && c <= '9')
        || c == '-'
        || c == '_';
  }

  /** Skips spaces and comments; also line ends if asked. */
  private void space(boolean lines) {
    while (true) {
      int c = in.peek();
      if (c == ' ' || c == '\t' || c == '\r' || (lines && c == '\n')) {
        in.next();
      } else if (c == '#') {
        while (!in.atEnd() && !in.at('\n')) {
          in.next();
        }
      } else {
        return;
      }
    }
  }
}
