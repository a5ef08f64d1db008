package dev.rapt.generate.constrain.automaton;

import dev.rapt.generate.constrain.regular.Fsa;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Refuses rules that may call themselves before they consume a byte. */
final class LeftRecursion {
  private final Machine machine;
  private final List<String> names;
  private final Map<Integer, Integer> ruleOfStart = new HashMap<>();
  private final int[] starts;
  private final BitSet nullable = new BitSet(); // rules that may consume nothing
  private final List<Set<Integer>> first = new ArrayList<>(); // rules that a rule may call first

  private LeftRecursion(Machine machine, List<Fsa> automata, List<String> names) {
    this.machine = machine;
    this.names = names;
    starts = new int[automata.size()];
    int start = 0;
    for (int rule = 0; rule < starts.length; rule++) {
      starts[rule] = start;
      ruleOfStart.put(start, rule);
      start += automata.get(rule).size();
      first.add(new LinkedHashSet<>());
    }
  }

  /**
   * Checks the rules of a machine.
   *
   * @throws IllegalArgumentException if one is left-recursive; names the rules on the way
   */
  static void check(Machine machine, List<Fsa> automata, List<String> names) {
    LeftRecursion check = new LeftRecursion(machine, automata, names);
    for (int before = -1; before != check.nullable.cardinality(); ) {
      before = check.nullable.cardinality();
      for (int rule = 0; rule < names.size(); rule++) {
        check.visit(rule);
      }
    }
    BitSet done = new BitSet();
    for (int rule = 0; rule < names.size(); rule++) {
      check.search(rule, new ArrayList<>(), done);
    }
  }

  /** Follows a rule along calls that may consume nothing. */
  private void visit(int rule) {
    BitSet seen = new BitSet();
    ArrayDeque<Integer> open = new ArrayDeque<>(List.of(starts[rule]));
    seen.set(starts[rule]);
    while (!open.isEmpty()) {
      int state = open.pop();
      if (machine.isFinal(state)) {
        nullable.set(rule);
      }
      int[] calls = machine.calls(state);
      for (int c = 0; c < calls.length; c += 2) {
        int called = ruleOfStart.getOrDefault(calls[c], -1);
        first.get(rule).add(called);
        if (nullable.get(called) && !seen.get(calls[c + 1])) {
          seen.set(calls[c + 1]);
          open.push(calls[c + 1]);
        }
      }
    }
  }

  private void search(int rule, List<Integer> path, BitSet done) {
    int at = path.indexOf(rule);
    if (at >= 0) {
      List<String> cycle = new ArrayList<>();
      path.subList(at, path.size()).forEach(on -> cycle.add(names.get(on)));
      cycle.add(names.get(rule));
      throw new IllegalArgumentException(
          "rule %s: must consume a character before it calls itself, got %s; write a repetition"
              .formatted(names.get(rule), String.join(" -> ", cycle)));
    }
    if (done.get(rule)) {
      return;
    }
    path.add(rule);
    first.get(rule).forEach(called -> search(called, path, done));
    path.removeLast();
    done.set(rule);
  }
}
