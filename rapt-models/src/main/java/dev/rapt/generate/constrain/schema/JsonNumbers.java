package dev.rapt.generate.constrain.schema;

import dev.rapt.generate.constrain.automaton.Lowering;
import dev.rapt.generate.constrain.expression.Expr;
import dev.rapt.generate.constrain.regular.Fsa;
import dev.rapt.generate.constrain.regular.Nfa;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Numbers as JSON writes them, within bounds and as multiples. */
final class JsonNumbers {
  private static final int MAX_REMAINDERS = 20_000;
  private static final int MAX_DIGITS = 400;

  private static final Expr DIGITS = Expr.star(Expr.range('0', '9'));
  private static final Expr POSITIVE = Expr.sequence(Expr.range('1', '9'), DIGITS);
  private static final Expr WHOLE = Expr.choice(Expr.text("0"), POSITIVE);
  private static final Expr FRACTION =
      Expr.sequence(Expr.text("."), Expr.plus(Expr.range('0', '9')));
  private static final Expr MINUS = Expr.text("-");

  /** A bound; exclusive if the number must differ from it. */
  record Bound(BigDecimal value, boolean isExclusive) {
    Bound negated() {
      return new Bound(value.negate(), isExclusive);
    }
  }

  /**
   * What a number must satisfy.
   *
   * @param integer whether it has no fraction
   * @param lower null for none
   * @param upper null for none
   * @param multiples numbers that it is a multiple of, all above 0
   */
  record Limits(
      boolean integer, @Nullable Bound lower, @Nullable Bound upper, List<BigDecimal> multiples) {
    boolean isFree() {
      return lower == null && upper == null && multiples.isEmpty();
    }
  }

  private JsonNumbers() {}

  /** Any number. */
  static Expr any() {
    Expr exponent =
        Expr.sequence(
            Expr.choice(Expr.text("e"), Expr.text("E")),
            Expr.optional(Expr.choice(Expr.text("+"), MINUS)),
            Expr.plus(Expr.range('0', '9')));
    return Expr.sequence(
        Expr.optional(MINUS), WHOLE, Expr.optional(FRACTION), Expr.optional(exponent));
  }

  /** Any integer, without fraction and exponent. */
  static Expr anyInteger() {
    return Expr.choice(Expr.text("0"), Expr.sequence(Expr.optional(MINUS), POSITIVE));
  }

  /**
   * The numbers within limits, without exponent.
   *
   * @throws IllegalArgumentException if a multiple needs too large an automaton
   */
  static Expr within(Limits limits) {
    Bound zero = new Bound(BigDecimal.ZERO, true);
    Bound least = limits.upper == null ? null : limits.upper.negated();
    Bound below = least == null || least.value.signum() < 0 ? zero : least;
    List<Expr> options = new ArrayList<>();
    options.add(graph(magnitude(limits, limits.lower, limits.upper)));
    Bound greatest = limits.lower == null ? null : limits.lower.negated();
    options.add(Expr.sequence(MINUS, graph(magnitude(limits, positive(below), greatest))));
    return new Expr.Choice(options);
  }

  /** A lower bound that excludes 0. */
  private static Bound positive(Bound bound) {
    return bound.value.signum() == 0 ? new Bound(BigDecimal.ZERO, true) : bound;
  }

  /** Numbers without sign between two bounds. */
  private static Fsa magnitude(Limits limits, @Nullable Bound lower, @Nullable Bound upper) {
    Expr syntax = limits.integer ? WHOLE : Expr.sequence(WHOLE, Expr.optional(FRACTION));
    Fsa numbers = Fsa.of(Lowering.codePoints(syntax));
    if (lower != null
        && (lower.value.signum() > 0 || (lower.value.signum() == 0 && lower.isExclusive))) {
      numbers = numbers.and(new Comparison(lower.value).automaton(false, !lower.isExclusive, true));
    }
    if (upper != null) {
      if (upper.value.signum() < 0) {
        return Fsa.of(Lowering.codePoints(Expr.NONE));
      }
      numbers = numbers.and(new Comparison(upper.value).automaton(true, !upper.isExclusive, false));
    }
    for (BigDecimal multiple : limits.multiples) {
      numbers = numbers.and(multiples(multiple));
    }
    return numbers;
  }

  private static Expr graph(Fsa fsa) {
    List<Expr.Graph.Edge> edges = new ArrayList<>();
    boolean[] finals = new boolean[fsa.size()];
    for (int state = 0; state < finals.length; state++) {
      finals[state] = fsa.isFinal(state);
      for (int e = 0; e < fsa.numEdges(state); e++) {
        Expr label = Expr.range(fsa.first(state, e), fsa.last(state, e));
        edges.add(new Expr.Graph.Edge(state, label, fsa.target(state, e)));
      }
    }
    return new Expr.Graph(edges, finals);
  }

  /**
   * Digits, perhaps with a fraction, whose value is a multiple of a / 10^k. State (r, j) has read
   * digits whose number is r modulo a, j of them after the point.
   */
  private static Fsa multiples(BigDecimal multiple) {
    BigDecimal shortest = multiple.stripTrailingZeros();
    int k = Math.max(0, shortest.scale());
    BigInteger unscaled = shortest.scaleByPowerOfTen(k).toBigIntegerExact();
    if (unscaled.multiply(BigInteger.valueOf(k + 2L)).bitLength() > 31
        || unscaled.intValue() * (k + 2L) > MAX_REMAINDERS) {
      throw new IllegalArgumentException(
          "must have few digits for an automaton of remainders, got " + multiple.toPlainString());
    }
    int a = unscaled.intValue();
    Nfa nfa = new Nfa();
    int[][] states = new int[k + 2][a]; // row 0 before the point, row j + 1 after j digits
    for (int row = 0; row < states.length; row++) {
      for (int r = 0; r < a; r++) {
        states[row][r] = row == 0 && r == 0 ? 0 : nfa.addState();
      }
    }
    for (int row = 0; row < states.length; row++) {
      int missing = row == 0 ? k : k - (row - 1);
      for (int r = 0; r < a; r++) {
        BigInteger scaled = BigInteger.TEN.pow(missing).multiply(BigInteger.valueOf(r));
        if (scaled.mod(unscaled).signum() == 0) {
          nfa.setFinal(states[row][r]);
        }
        boolean isLast = row == k + 1;
        for (int digit = 0; digit < (isLast ? 1 : 10); digit++) {
          int next = (int) ((10L * r + digit) % a);
          int to = isLast ? states[row][r] : states[row == 0 ? 0 : row + 1][next];
          nfa.addEdge(states[row][r], '0' + digit, '0' + digit, to);
        }
        if (row == 0) {
          nfa.addEdge(states[0][r], '.', '.', states[1][r]);
        }
      }
    }
    return Fsa.of(nfa);
  }

  /** Compares digits, perhaps with a fraction, with a number of at least 0. */
  private static final class Comparison {
    private final String whole;
    private final String fraction;
    private final Nfa nfa = new Nfa();
    private final int less;
    private final int greater;

    Comparison(BigDecimal bound) {
      String text = bound.stripTrailingZeros().toPlainString();
      if (text.length() > MAX_DIGITS) {
        throw new IllegalArgumentException(
            "must have at most %d digits, got %d".formatted(MAX_DIGITS, text.length()));
      }
      int point = text.indexOf('.');
      whole = point < 0 ? text : text.substring(0, point);
      fraction = point < 0 ? "" : text.substring(point + 1);
      less = nfa.addState();
      greater = nfa.addState();
      nfa.addEdge(less, '0', '9', less);
      nfa.addEdge(greater, '0', '9', greater);
    }

    /** The numbers that compare so with the bound. */
    Fsa automaton(boolean whenLess, boolean whenEqual, boolean whenGreater) {
      setFinal(less, whenLess);
      setFinal(greater, whenGreater);
      int over = nfa.addState(); // more digits than the bound before the point
      nfa.addEdge(over, '0', '9', over);
      nfa.addEdge(over, '.', '.', greater);
      setFinal(over, whenGreater);
      int equal = 0; // the digits so far are those of the bound
      int smaller = -1; // they compare as smaller, as far as there are as many
      int larger = -1;
      for (int i = 0; i < whole.length(); i++) {
        int nextEqual = nfa.addState();
        int nextSmaller = nfa.addState();
        int nextLarger = nfa.addState();
        char digit = whole.charAt(i);
        compare(equal, digit, nextSmaller, nextEqual, nextLarger);
        if (i > 0) {
          nfa.addEdge(smaller, '0', '9', nextSmaller);
          nfa.addEdge(larger, '0', '9', nextLarger);
          for (int state : new int[] {equal, smaller, larger}) {
            nfa.addEdge(state, '.', '.', less); // fewer digits
            setFinal(state, whenLess);
          }
        }
        equal = nextEqual;
        smaller = nextSmaller;
        larger = nextLarger;
      }
      for (int state : new int[] {equal, smaller, larger}) {
        nfa.addEdge(state, '0', '9', over);
      }
      nfa.addEdge(smaller, '.', '.', less);
      setFinal(smaller, whenLess);
      nfa.addEdge(larger, '.', '.', greater);
      setFinal(larger, whenGreater);
      setFinal(equal, fraction.isEmpty() ? whenEqual : whenLess);
      int at = nfa.addState();
      nfa.addEdge(equal, '.', '.', at);
      for (int i = 0; i < fraction.length(); i++) {
        int next = nfa.addState();
        compare(at, fraction.charAt(i), less, next, greater);
        setFinal(at, whenLess);
        at = next;
      }
      nfa.addEdge(at, '0', '0', at);
      nfa.addEdge(at, '1', '9', greater);
      setFinal(at, whenEqual);
      return Fsa.of(nfa);
    }

    private void compare(int from, char digit, int smaller, int equal, int larger) {
      if (digit > '0') {
        nfa.addEdge(from, '0', digit - 1, smaller);
      }
      nfa.addEdge(from, digit, digit, equal);
      if (digit < '9') {
        nfa.addEdge(from, digit + 1, '9', larger);
      }
    }

    private void setFinal(int state, boolean isFinal) {
      if (isFinal) {
        nfa.setFinal(state);
      }
    }
  }
}
