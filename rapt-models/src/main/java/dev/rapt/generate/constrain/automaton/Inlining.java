package dev.rapt.generate.constrain.automaton;

import dev.rapt.generate.constrain.expression.Expr;
import dev.rapt.generate.constrain.expression.Rules;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * Decides which rules are written into those that call them: rules that never call themselves, are
 * short or called once. The others stay apart, so that their states, and the masks of these, exist
 * once.
 */
final class Inlining {
  private static final int SHORT = 12;
  private static final int LONG = 2000;

  private final Rules rules;
  private final Map<String, Long> uses = new HashMap<>();
  private final Map<String, Set<String>> callees = new HashMap<>();
  private final Map<String, Long> sizes = new HashMap<>();
  private final Map<String, Expr> inlined = new HashMap<>();

  private Inlining(Rules rules) {
    this.rules = rules;
    rules
        .rules()
        .forEach((name, expr) -> {
          Set<String> called = new HashSet<>();
          count(expr, 1, called);
          callees.put(name, called);
        });
  }

  /** The expressions of the rules that are inlined, by name. */
  static Map<String, Expr> of(Rules rules) {
    Inlining inlining = new Inlining(rules);
    rules.rules().keySet().forEach(inlining::decide);
    return inlining.inlined;
  }

  private void count(Expr expr, long times, Set<String> called) {
    switch (expr) {
      case Expr.Chars _ -> {}
      case Expr.Sequence(var parts) -> parts.forEach(part -> count(part, times, called));
      case Expr.Choice(var options) -> options.forEach(option -> count(option, times, called));
      case Expr.Repeat repeat -> count(repeat.body(), times * copies(repeat), called);
      case Expr.Graph graph -> graph.edges().forEach(edge -> count(edge.label(), times, called));
      case Expr.Call(String rule) -> {
        called.add(rule);
        uses.merge(rule, times, Long::sum);
      }
    }
  }

  private static long copies(Expr.Repeat repeat) {
    return Math.max(1, repeat.max() == Expr.Repeat.UNBOUNDED ? repeat.min() + 1 : repeat.max());
  }

  /** Decides for a rule, and before for those that it calls. */
  private void decide(String rule) {
    if (sizes.containsKey(rule)) {
      return;
    }
    sizes.put(rule, (long) LONG); // while rules that it calls are decided
    callees.getOrDefault(rule, Set.of()).forEach(this::decide);
    long size = size(rules.get(rule));
    sizes.put(rule, size);
    boolean once = uses.getOrDefault(rule, 0L) <= 1;
    if ((size <= SHORT || (once && size <= LONG)) && !rule.equals(rules.root()) && !recurs(rule)) {
      inlined.put(rule, rules.get(rule));
    }
  }

  private boolean recurs(String rule) {
    Set<String> seen = new HashSet<>();
    ArrayDeque<String> open = new ArrayDeque<>(callees.get(rule));
    while (!open.isEmpty()) {
      String next = open.pop();
      if (next.equals(rule)) {
        return true;
      }
      if (seen.add(next)) {
        open.addAll(callees.getOrDefault(next, Set.of()));
      }
    }
    return false;
  }

  /** About how many states an expression needs. */
  private long size(Expr expr) {
    return switch (expr) {
      case Expr.Chars(var set) ->
          set.numRanges() == 0 || set.last(set.numRanges() - 1) < 0x80 ? 1 : 6;
      case Expr.Sequence(var parts) -> parts.stream().mapToLong(this::size).sum();
      case Expr.Choice(var options) -> options.stream().mapToLong(this::size).sum();
      case Expr.Repeat repeat -> size(repeat.body()) * copies(repeat);
      case Expr.Graph graph -> graph.edges().stream().mapToLong(edge -> size(edge.label())).sum();
      case Expr.Call(String rule) ->
          inlined.containsKey(rule) ? sizes.getOrDefault(rule, (long) LONG) : 1;
    };
  }
}
