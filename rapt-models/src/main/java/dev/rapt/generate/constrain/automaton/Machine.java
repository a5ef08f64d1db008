package dev.rapt.generate.constrain.automaton;

import dev.rapt.generate.constrain.expression.CharSet;
import dev.rapt.generate.constrain.expression.Expr;
import dev.rapt.generate.constrain.expression.Rules;
import dev.rapt.generate.constrain.regular.Fsa;
import dev.rapt.generate.constrain.regular.Nfa;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The pushdown automaton of a grammar: each rule is a finite automaton over bytes whose states may
 * also call a rule and continue in another state when it returns. From every state a text can end:
 * edges and calls after which none could are left out. Immutable.
 */
public final class Machine {
  /** Rules that would need more states when deterministic stay nondeterministic. */
  private static final int MAX_DETERMINISTIC = 20_000;

  private final int[][] bytes; // of each state: first byte, last byte, target, ...
  private final int[][] calls; // of each state: start of the rule, state after it, ...
  private final boolean[] finals;
  private final int start;

  private Machine(int[][] bytes, int[][] calls, boolean[] finals, int start) {
    this.bytes = bytes;
    this.calls = calls;
    this.finals = finals;
    this.start = start;
  }

  /**
   * The automaton of a grammar.
   *
   * @param alphabet the characters that texts may have
   * @throws IllegalArgumentException if no text matches, if a rule may call itself before it
   *     consumes a character, or if the automaton becomes too large
   */
  public static Machine of(Rules rules, CharSet alphabet) {
    Map<String, Expr> inlined = Inlining.of(rules);
    Lowering lowering = new Lowering(alphabet, inlined);
    List<String> names = new ArrayList<>(List.of(rules.root()));
    List<Fsa> automata = new ArrayList<>();
    lowering.number(rules.root());
    for (int rule = 0; rule < names.size(); rule++) {
      Nfa nfa = lowering.automaton(rules.get(names.get(rule)));
      Optional<Fsa> deterministic = Fsa.determinized(nfa, MAX_DETERMINISTIC);
      automata.add(deterministic.orElseGet(() -> Fsa.withoutJumps(nfa)));
      String[] called = new String[lowering.called().size()];
      lowering.called().forEach((name, number) -> called[number] = name);
      names.addAll(Arrays.asList(called).subList(names.size(), called.length));
    }
    Machine machine = joined(automata);
    boolean[] live = machine.live();
    if (!live[machine.start]) {
      throw new EmptyGrammarException(
          alphabet.equals(CharSet.ALL)
              ? "grammar: must match at least one text, got one that matches none"
              : "grammar: must match a text of the vocabulary's characters, got one that needs"
                  + " others");
    }
    machine.prune(live);
    LeftRecursion.check(machine, automata, names);
    return machine;
  }

  /** Numbers the states of all automata in one row. */
  private static Machine joined(List<Fsa> automata) {
    int[] starts = new int[automata.size()];
    int size = 0;
    for (int rule = 0; rule < starts.length; rule++) {
      starts[rule] = size;
      size += automata.get(rule).size();
    }
    int[][] bytes = new int[size][];
    int[][] calls = new int[size][];
    boolean[] finals = new boolean[size];
    for (int rule = 0; rule < starts.length; rule++) {
      Fsa fsa = automata.get(rule);
      for (int state = 0; state < fsa.size(); state++) {
        List<Integer> of = new ArrayList<>();
        List<Integer> callsOf = new ArrayList<>();
        for (int e = 0; e < fsa.numEdges(state); e++) {
          int target = starts[rule] + fsa.target(state, e);
          if (fsa.first(state, e) < Lowering.CALL) {
            of.addAll(List.of(fsa.first(state, e), Math.min(255, fsa.last(state, e)), target));
          }
          int first = Math.max(Lowering.CALL, fsa.first(state, e));
          for (int symbol = first; symbol <= fsa.last(state, e); symbol++) {
            callsOf.addAll(List.of(starts[symbol - Lowering.CALL], target));
          }
        }
        bytes[starts[rule] + state] = of.stream().mapToInt(Integer::intValue).toArray();
        calls[starts[rule] + state] = callsOf.stream().mapToInt(Integer::intValue).toArray();
        finals[starts[rule] + state] = fsa.isFinal(state);
      }
    }
    return new Machine(bytes, calls, finals, 0);
  }

  /** For each state whether its rule can end from it. */
  private boolean[] live() {
    boolean[] live = finals.clone();
    for (boolean changed = true; changed; ) {
      changed = false;
      for (int state = live.length - 1; state >= 0; state--) {
        if (!live[state] && leadsTo(live, state)) {
          live[state] = true;
          changed = true;
        }
      }
    }
    return live;
  }

  private boolean leadsTo(boolean[] live, int state) {
    for (int e = 2; e < bytes[state].length; e += 3) {
      if (live[bytes[state][e]]) {
        return true;
      }
    }
    for (int c = 0; c < calls[state].length; c += 2) {
      if (live[calls[state][c]] && live[calls[state][c + 1]]) {
        return true;
      }
    }
    return false;
  }

  private void prune(boolean[] live) {
    for (int state = 0; state < live.length; state++) {
      int[] of = bytes[state];
      int size = 0;
      for (int e = 0; e < of.length; e += 3) {
        if (live[of[e + 2]]) {
          System.arraycopy(of, e, of, size, 3);
          size += 3;
        }
      }
      bytes[state] = Arrays.copyOf(of, size);
      int[] callsOf = calls[state];
      size = 0;
      for (int c = 0; c < callsOf.length; c += 2) {
        if (live[callsOf[c]] && live[callsOf[c + 1]]) {
          System.arraycopy(callsOf, c, callsOf, size, 2);
          size += 2;
        }
      }
      calls[state] = Arrays.copyOf(callsOf, size);
    }
  }

  /** The configurations before the first byte. */
  public Configurations start() {
    Configurations.Builder builder = new Configurations.Builder(this);
    builder.add(start, Configurations.BOTTOM);
    return builder.build();
  }

  /** The configurations after a byte; none if no text continues with it. */
  public Configurations step(Configurations from, int value) {
    Configurations.Builder builder = new Configurations.Builder(this);
    for (int i = 0; i < from.size(); i++) {
      int[] of = bytes[from.state(i)];
      for (int e = 0; e < of.length; e += 3) {
        if (of[e] <= value && value <= of[e + 1]) {
          builder.add(of[e + 2], from.below(i));
        }
      }
    }
    return builder.build();
  }

  /** The configurations after a rule has returned to a state above an unknown stack. */
  public Configurations after(int state) {
    Configurations.Builder builder = new Configurations.Builder(this);
    builder.add(state, Configurations.BOTTOM);
    return builder.build();
  }

  /** Number of states. */
  public int size() {
    return finals.length;
  }

  boolean isFinal(int state) {
    return finals[state];
  }

  /** Calls of a state: start of the rule and state after it, for each. */
  int[] calls(int state) {
    return calls[state];
  }

  boolean hasBytes(int state) {
    return bytes[state].length > 0;
  }

  /**
   * Whether nothing can follow in the rule of a state, so that its caller need not return to it.
   */
  boolean onlyReturns(int state) {
    return finals[state] && bytes[state].length == 0 && calls[state].length == 0;
  }
}
