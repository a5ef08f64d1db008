package dev.rapt.generate.constrain.schema;

import dev.rapt.generate.constrain.expression.CharSet;
import dev.rapt.generate.constrain.expression.Expr;
import dev.rapt.generate.constrain.regular.Fsa;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Strings as JSON writes them, RFC 8259, section 7. */
final class JsonStrings {
  private static final Expr QUOTE = Expr.text("\"");

  private static final Map<Integer, String> SHORT_ESCAPES =
      Map.of(
          (int) '"',
          "\\\"",
          (int) '\\',
          "\\\\",
          (int) '\b',
          "\\b",
          (int) '\f',
          "\\f",
          (int) '\n',
          "\\n",
          (int) '\r',
          "\\r",
          (int) '\t',
          "\\t");

  private static final CharSet ESCAPED = CharSet.range(0, 0x1F).or(CharSet.of('"', '\\'));
  private static final CharSet PLAIN = ESCAPED.not();

  private JsonStrings() {}

  /** One character of any string, written as itself or by any escape. */
  static Expr anyCharacter() {
    Expr hex = new Expr.Chars(CharSet.ofRanges('0', '9', 'A', 'F', 'a', 'f'));
    Expr notD = new Expr.Chars(CharSet.ofRanges('0', '9', 'A', 'C', 'E', 'F', 'a', 'c', 'e', 'f'));
    Expr d = new Expr.Chars(CharSet.of('d', 'D'));
    Expr low = new Expr.Chars(CharSet.ofRanges('C', 'F', 'c', 'f'));
    Expr high = new Expr.Chars(CharSet.ofRanges('8', '9', 'A', 'B', 'a', 'b'));
    Expr single =
        Expr.choice(
            Expr.sequence(notD, hex, hex, hex), Expr.sequence(d, Expr.range('0', '7'), hex, hex));
    Expr pair = Expr.sequence(d, high, hex, hex, Expr.text("\\u"), d, low, hex, hex);
    Expr escape =
        Expr.choice(
            new Expr.Chars(CharSet.ofText("\"\\/bfnrt")),
            Expr.sequence(Expr.text("u"), Expr.choice(single, pair)));
    return Expr.choice(new Expr.Chars(PLAIN), Expr.sequence(Expr.text("\\"), escape));
  }

  /** A string whose content is a text of this body, which is written in JSON already. */
  static Expr quoted(Expr body) {
    return Expr.sequence(QUOTE, body, QUOTE);
  }

  /**
   * Strings whose characters are a word of an automaton; only what must be escaped is, as briefly
   * as possible.
   */
  static Expr of(Fsa content) {
    List<Expr.Graph.Edge> edges = new ArrayList<>();
    boolean[] finals = new boolean[content.size()];
    for (int state = 0; state < finals.length; state++) {
      finals[state] = content.isFinal(state);
      for (int e = 0; e < content.numEdges(state); e++) {
        CharSet set = CharSet.range(content.first(state, e), content.last(state, e));
        edges.add(new Expr.Graph.Edge(state, written(set), content.target(state, e)));
      }
    }
    return quoted(new Expr.Graph(edges, finals));
  }

  /** One character of a set, as JSON writes it. */
  private static Expr written(CharSet set) {
    List<Expr> options = new ArrayList<>();
    options.add(new Expr.Chars(set.minus(ESCAPED)));
    CharSet escaped = set.and(ESCAPED);
    for (int i = 0; i < escaped.numRanges(); i++) {
      for (int c = escaped.first(i); c <= escaped.last(i); c++) {
        options.add(Expr.text(escape(c)));
      }
    }
    return new Expr.Choice(options);
  }

  /** A string with this content. */
  static String literal(String content) {
    StringBuilder text = new StringBuilder("\"");
    content
        .codePoints()
        .forEach(c -> text.append(ESCAPED.contains(c) ? escape(c) : Character.toString(c)));
    return text.append('"').toString();
  }

  private static String escape(int c) {
    String brief = SHORT_ESCAPES.get(c);
    return brief == null ? "\\u%04x".formatted(c) : brief;
  }
}
