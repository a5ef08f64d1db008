package dev.rapt.generate.constrain.automaton;

import dev.rapt.generate.constrain.expression.CharSet;
import dev.rapt.generate.constrain.expression.Expr;
import dev.rapt.generate.constrain.regular.Nfa;
import java.util.HashMap;
import java.util.Map;

/** Turns expressions into automata over bytes; symbols from {@link #CALL} on call a rule. */
public final class Lowering {
  /** The symbol that calls rule 0; rule i has the i-th symbol after it. */
  static final int CALL = 256;

  private final CharSet alphabet;
  private final Map<String, Expr> inlined;
  private final Map<String, Integer> called = new HashMap<>();

  /**
   * A lowering.
   *
   * @param alphabet characters outside it are left out of every set
   * @param inlined expressions of the rules that are written into those that call them
   */
  Lowering(CharSet alphabet, Map<String, Expr> inlined) {
    this.alphabet = alphabet;
    this.inlined = inlined;
  }

  /** An automaton over the bytes of the texts of an expression without calls. */
  public static Nfa bytes(Expr expr) {
    return new Lowering(CharSet.ALL, Map.of()).automaton(expr);
  }

  /** An automaton over the code points of the texts of an expression without calls. */
  public static Nfa codePoints(Expr expr) {
    Nfa nfa = new Nfa();
    int end = nfa.addState();
    nfa.setFinal(end);
    new Lowering(CharSet.ALL, Map.of()).add(nfa, 0, expr, end, false);
    return nfa;
  }

  /** Numbers of the rules that were called so far. */
  Map<String, Integer> called() {
    return called;
  }

  /** The number of a rule; a new one at its first call. */
  int number(String rule) {
    return called.computeIfAbsent(rule, _ -> called.size());
  }

  /** The automaton of an expression. */
  Nfa automaton(Expr expr) {
    Nfa nfa = new Nfa();
    int end = nfa.addState();
    nfa.setFinal(end);
    add(nfa, 0, expr, end, true);
    return nfa;
  }

  /** Adds paths for the texts of an expression from one state to another. */
  private void add(Nfa nfa, int from, Expr expr, int to, boolean asBytes) {
    switch (expr) {
      case Expr.Chars(CharSet set) -> {
        if (asBytes) {
          Utf8Edges.add(nfa, from, set.and(alphabet), to);
        } else {
          for (int i = 0; i < set.numRanges(); i++) {
            nfa.addEdge(from, set.first(i), set.last(i), to);
          }
        }
      }
      case Expr.Sequence sequence -> {
        int at = from;
        for (int i = 0; i < sequence.parts().size(); i++) {
          int next = i == sequence.parts().size() - 1 ? to : nfa.addState();
          add(nfa, at, sequence.parts().get(i), next, asBytes);
          at = next;
        }
        if (sequence.parts().isEmpty()) {
          nfa.addJump(from, to);
        }
      }
      case Expr.Choice choice ->
          choice.options().forEach(option -> add(nfa, from, option, to, asBytes));
      case Expr.Repeat repeat -> addRepeat(nfa, from, repeat, to, asBytes);
      case Expr.Call(String rule) -> {
        Expr body = inlined.get(rule);
        if (body != null) {
          add(nfa, from, body, to, asBytes);
        } else {
          int symbol = CALL + number(rule);
          nfa.addEdge(from, symbol, symbol, to);
        }
      }
      case Expr.Graph graph -> addGraph(nfa, from, graph, to, asBytes);
    }
  }

  private void addRepeat(Nfa nfa, int from, Expr.Repeat repeat, int to, boolean asBytes) {
    int at = nfa.addState();
    nfa.addJump(from, at);
    for (int i = 0; i < repeat.min(); i++) {
      int next = nfa.addState();
      add(nfa, at, repeat.body(), next, asBytes);
      at = next;
    }
    nfa.addJump(at, to);
    if (repeat.max() == Expr.Repeat.UNBOUNDED) {
      int again = nfa.addState();
      add(nfa, at, repeat.body(), again, asBytes);
      nfa.addJump(again, at);
      return;
    }
    for (int i = repeat.min(); i < repeat.max(); i++) {
      int next = nfa.addState();
      add(nfa, at, repeat.body(), next, asBytes);
      nfa.addJump(next, to);
      at = next;
    }
  }

  private void addGraph(Nfa nfa, int from, Expr.Graph graph, int to, boolean asBytes) {
    int[] states = new int[graph.finals().length];
    for (int i = 0; i < states.length; i++) {
      states[i] = nfa.addState();
      if (graph.finals()[i]) {
        nfa.addJump(states[i], to);
      }
    }
    nfa.addJump(from, states[0]);
    for (Expr.Graph.Edge edge : graph.edges()) {
      add(nfa, states[edge.from()], edge.label(), states[edge.to()], asBytes);
    }
  }
}
