package dev.rapt.generate.constrain.syntax;

import dev.rapt.generate.constrain.expression.CharSet;
import dev.rapt.generate.constrain.expression.Expr;
import java.util.ArrayList;
import java.util.List;

/** A regular expression with anchors, before these are resolved. */
sealed interface RegexNode {
  /** An expression without anchors. */
  record Leaf(Expr expr) implements RegexNode {}

  /** Parts in order. */
  record Sequence(List<RegexNode> parts) implements RegexNode {}

  /** Alternatives. */
  record Choice(List<RegexNode> options) implements RegexNode {}

  /** A repeated body. */
  record Repeat(RegexNode body, int min, int max) implements RegexNode {}

  /** The beginning or the end of the text. */
  enum Anchor implements RegexNode {
    START,
    END
  }

  /** Alternatives that begin, or end, with an anchor, which is taken off, and the others. */
  record Split(List<RegexNode> anchored, List<RegexNode> free) {}

  /** The texts that match as a whole; anchors at the ends say nothing more. */
  default Expr whole() {
    RegexNode body = choice(split(Anchor.START));
    return choice(body.split(Anchor.END)).toExpr();
  }

  /** The texts in which it is found somewhere. */
  default Expr found() {
    Expr any = Expr.star(new Expr.Chars(CharSet.ALL));
    List<Expr> options = new ArrayList<>();
    Split starts = split(Anchor.START);
    for (boolean startAnchored : new boolean[] {true, false}) {
      for (RegexNode node : startAnchored ? starts.anchored : starts.free) {
        Split ends = node.split(Anchor.END);
        Expr before = startAnchored ? Expr.EMPTY : any;
        ends.anchored.forEach(body -> options.add(Expr.sequence(before, body.toExpr())));
        ends.free.forEach(body -> options.add(Expr.sequence(before, body.toExpr(), any)));
      }
    }
    return new Expr.Choice(options);
  }

  private static RegexNode choice(Split split) {
    List<RegexNode> all = new ArrayList<>(split.anchored);
    all.addAll(split.free);
    return new Choice(all);
  }

  /** Divides the alternatives by whether an anchor stands at their beginning, or at their end. */
  private Split split(Anchor anchor) {
    return switch (this) {
      case Leaf _, Repeat _ -> new Split(List.of(), List.of(this));
      case Anchor found ->
          found == anchor
              ? new Split(List.of(new Leaf(Expr.EMPTY)), List.of())
              : new Split(List.of(), List.of(this));
      case Choice(List<RegexNode> options) -> {
        Split all = new Split(new ArrayList<>(), new ArrayList<>());
        for (RegexNode option : options) {
          Split split = option.split(anchor);
          all.anchored.addAll(split.anchored);
          all.free.addAll(split.free);
        }
        yield all;
      }
      case Sequence(List<RegexNode> parts) -> split(parts, anchor);
    };
  }

  private static Split split(List<RegexNode> parts, Anchor anchor) {
    if (parts.isEmpty()) {
      return new Split(List.of(), List.of(new Sequence(parts)));
    }
    boolean atStart = anchor == Anchor.START;
    Split outer = (atStart ? parts.getFirst() : parts.getLast()).split(anchor);
    List<RegexNode> inner =
        atStart ? parts.subList(1, parts.size()) : parts.subList(0, parts.size() - 1);
    Split all = new Split(new ArrayList<>(), new ArrayList<>());
    for (RegexNode node : outer.anchored) {
      if (node instanceof Leaf(Expr expr) && expr.equals(Expr.EMPTY)) {
        Split rest = split(inner, anchor); // an anchor may be repeated
        all.anchored.addAll(rest.anchored);
        all.anchored.addAll(rest.free);
      } else {
        all.anchored.add(joined(node, inner, atStart));
      }
    }
    outer.free.forEach(node -> all.free.add(joined(node, inner, atStart)));
    return all;
  }

  private static RegexNode joined(RegexNode outer, List<RegexNode> inner, boolean atStart) {
    List<RegexNode> parts = new ArrayList<>(inner);
    parts.add(atStart ? 0 : parts.size(), outer);
    return new Sequence(parts);
  }

  /**
   * The expression.
   *
   * @throws IllegalArgumentException if an anchor is left
   */
  private Expr toExpr() {
    return switch (this) {
      case Leaf(Expr expr) -> expr;
      case Sequence(List<RegexNode> parts) ->
          new Expr.Sequence(parts.stream().map(RegexNode::toExpr).toList());
      case Choice(List<RegexNode> options) ->
          new Expr.Choice(options.stream().map(RegexNode::toExpr).toList());
      case Repeat(RegexNode body, int min, int max) -> new Expr.Repeat(body.toExpr(), min, max);
      case Anchor anchor ->
          throw new IllegalArgumentException(
              "regular expression: must have %s only at the %s of alternatives, got it elsewhere"
                  .formatted(
                      anchor == Anchor.START ? "^" : "$",
                      anchor == Anchor.START ? "beginning" : "end"));
    };
  }
}
