package dev.rapt.generate.constrain.expression;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A set of texts, as an expression over characters. Immutable. */
public sealed interface Expr {
  /** The empty text alone. */
  Expr EMPTY = new Sequence(List.of());

  /** No text at all. */
  Expr NONE = new Chars(CharSet.NONE);

  /** One character of a set. */
  record Chars(CharSet set) implements Expr {}

  /** One text of each part, in order. */
  record Sequence(List<Expr> parts) implements Expr {
    /** Copies the list. */
    public Sequence {
      parts = List.copyOf(parts);
    }
  }

  /** A text of one of the options. */
  record Choice(List<Expr> options) implements Expr {
    /** Copies the list. */
    public Choice {
      options = List.copyOf(options);
    }
  }

  /**
   * Texts of the body, one after another.
   *
   * @param min least number of them
   * @param max greatest number; {@link #UNBOUNDED} for no limit
   */
  record Repeat(Expr body, int min, int max) implements Expr {
    /** No limit. */
    public static final int UNBOUNDED = -1;
  }

  /** A text of a rule. */
  record Call(String rule) implements Expr {}

  /**
   * The texts along the paths from node 0 to a final node.
   *
   * @param edges each from one node to another
   * @param finals for each node whether a path may end there
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Graph(List<Edge> edges, boolean[] finals) implements Expr {
    /** Copies the list. */
    public Graph {
      edges = List.copyOf(edges);
    }

    /** An edge that consumes a text of an expression. */
    public record Edge(int from, Expr label, int to) {}
  }

  /** This text alone. */
  static Expr text(String text) {
    return new Sequence(text.codePoints().<Expr>mapToObj(c -> new Chars(CharSet.of(c))).toList());
  }

  /** One character from {@code first} to {@code last}. */
  static Expr range(int first, int last) {
    return new Chars(CharSet.range(first, last));
  }

  /** A text of each part, in order. */
  static Expr sequence(Expr... parts) {
    return new Sequence(Arrays.asList(parts));
  }

  /** A text of one of the options. */
  static Expr choice(Expr... options) {
    return new Choice(Arrays.asList(options));
  }

  /** One of these texts. */
  static Expr oneOf(List<String> texts) {
    List<Expr> options = new ArrayList<>();
    texts.forEach(text -> options.add(text(text)));
    return new Choice(options);
  }

  /** A text of the body, or nothing. */
  static Expr optional(Expr body) {
    return new Repeat(body, 0, 1);
  }

  /** Any number of texts of the body. */
  static Expr star(Expr body) {
    return new Repeat(body, 0, Repeat.UNBOUNDED);
  }

  /** At least one text of the body. */
  static Expr plus(Expr body) {
    return new Repeat(body, 1, Repeat.UNBOUNDED);
  }
}
