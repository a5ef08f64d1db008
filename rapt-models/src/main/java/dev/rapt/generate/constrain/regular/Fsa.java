package dev.rapt.generate.constrain.regular;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A finite-state automaton without edges that consume nothing. Immutable; state 0 is the start.
 * Operations other than {@link #withoutJumps} need and give deterministic ones.
 */
public final class Fsa {
  /** Most states that {@link #of} and the operations make. */
  public static final int MAX_STATES = 100_000;

  private static final int NONE = -1;

  private final int[][] edges; // of each state: first symbol, last symbol, target, ... in order
  private final boolean[] finals;

  private Fsa(List<int[]> edges, List<Boolean> finals) {
    this.edges = edges.toArray(int[][]::new);
    this.finals = new boolean[finals.size()];
    for (int i = 0; i < this.finals.length; i++) {
      this.finals[i] = finals.get(i);
    }
  }

  /** An array of states as a key. */
  @SuppressWarnings("ArrayRecordComponent") // compared by content
  private record Key(int... states) {
    @Override
    public boolean equals(Object other) {
      return other instanceof Key key && Arrays.equals(states, key.states);
    }

    @Override
    public int hashCode() {
      return Arrays.hashCode(states);
    }
  }

  /**
   * The deterministic automaton of the same words.
   *
   * @throws IllegalArgumentException if it has more than {@link #MAX_STATES} states
   */
  public static Fsa of(Nfa nfa) {
    return determinized(nfa, MAX_STATES).orElseThrow(Fsa::tooLarge);
  }

  private static IllegalArgumentException tooLarge() {
    return new IllegalArgumentException(
        "regular expression: must need at most %d states, got more; use smaller bounds of"
                .formatted(MAX_STATES)
            + " repetitions or fewer alternatives");
  }

  /** The deterministic automaton of the same words, unless it has more states than allowed. */
  public static Optional<Fsa> determinized(Nfa nfa, int maxStates) {
    Map<Key, Integer> numbers = new HashMap<>();
    List<Key> subsets = new ArrayList<>();
    List<int[]> edges = new ArrayList<>();
    List<Boolean> finals = new ArrayList<>();
    Key start = new Key(nfa.closure(0));
    numbers.put(start, 0);
    subsets.add(start);
    for (int i = 0; i < subsets.size(); i++) {
      int[] subset = subsets.get(i).states();
      Edges of = new Edges();
      int[] all = concat(subset, nfa);
      int[] cuts = cuts(all);
      for (int c = 0; c + 1 < cuts.length; c++) {
        int[] targets = targets(all, cuts[c]);
        if (targets.length == 0) {
          continue;
        }
        Key key = new Key(nfa.closure(targets));
        Integer number = numbers.get(key);
        if (number == null) {
          number = subsets.size();
          if (number == maxStates) {
            return Optional.empty();
          }
          numbers.put(key, number);
          subsets.add(key);
        }
        of.add(cuts[c], cuts[c + 1] - 1, number);
      }
      edges.add(of.toArray());
      finals.add(nfa.isFinal(subset));
    }
    return Optional.of(new Fsa(edges, finals));
  }

  /** The same words, with several edges for one symbol where the automaton has them. */
  public static Fsa withoutJumps(Nfa nfa) {
    List<int[]> edges = new ArrayList<>();
    List<Boolean> finals = new ArrayList<>();
    for (int state = 0; state < nfa.size(); state++) {
      int[] closure = nfa.closure(state);
      edges.add(concat(closure, nfa));
      finals.add(nfa.isFinal(closure));
    }
    return new Fsa(edges, finals);
  }

  private static int[] concat(int[] states, Nfa nfa) {
    int length = 0;
    for (int state : states) {
      length += nfa.edges(state).length;
    }
    int[] all = new int[length];
    int at = 0;
    for (int state : states) {
      int[] of = nfa.edges(state);
      System.arraycopy(of, 0, all, at, of.length);
      at += of.length;
    }
    return all;
  }

  /** The symbols at which the edges that apply change, in order. */
  private static int[] cuts(int[] edges) {
    int[] cuts = new int[2 * edges.length / 3];
    for (int e = 0; e < edges.length; e += 3) {
      cuts[2 * e / 3] = edges[e];
      cuts[2 * e / 3 + 1] = edges[e + 1] + 1;
    }
    return Arrays.stream(cuts).sorted().distinct().toArray();
  }

  private static int[] targets(int[] edges, int symbol) {
    int[] targets = new int[edges.length / 3];
    int size = 0;
    for (int e = 0; e < edges.length; e += 3) {
      if (edges[e] <= symbol && symbol <= edges[e + 1]) {
        targets[size++] = edges[e + 2];
      }
    }
    return Arrays.copyOf(targets, size);
  }

  /** Collects the edges of a state; joins neighbours with one target. */
  private static final class Edges {
    private int[] all = new int[12];
    private int size;

    void add(int first, int last, int target) {
      if (size > 0 && all[size - 1] == target && all[size - 2] == first - 1) {
        all[size - 2] = last;
        return;
      }
      if (size == all.length) {
        all = Arrays.copyOf(all, 2 * size);
      }
      all[size++] = first;
      all[size++] = last;
      all[size++] = target;
    }

    int[] toArray() {
      return Arrays.copyOf(all, size);
    }
  }

  /** Number of states. */
  public int size() {
    return edges.length;
  }

  /** Number of edges of a state. */
  public int numEdges(int state) {
    return edges[state].length / 3;
  }

  /** First symbol of an edge. */
  public int first(int state, int edge) {
    return edges[state][3 * edge];
  }

  /** Last symbol of an edge. */
  public int last(int state, int edge) {
    return edges[state][3 * edge + 1];
  }

  /** Target of an edge. */
  public int target(int state, int edge) {
    return edges[state][3 * edge + 2];
  }

  /** Whether a word may end in a state. */
  public boolean isFinal(int state) {
    return finals[state];
  }

  /** Whether the code points of a text are a word. */
  public boolean matches(String text) {
    int state = 0;
    for (int symbol : text.codePoints().toArray()) {
      state = step(state, symbol);
      if (state == NONE) {
        return false;
      }
    }
    return finals[state];
  }

  private int step(int state, int symbol) {
    int[] of = edges[state];
    for (int e = 0; e < of.length; e += 3) {
      if (symbol <= of[e + 1]) {
        return symbol >= of[e] ? of[e + 2] : NONE;
      }
    }
    return NONE;
  }

  /**
   * The words of this automaton that another has, too.
   *
   * @throws IllegalArgumentException if the result has too many states
   */
  public Fsa and(Fsa other) {
    return product(other, false);
  }

  /**
   * The words of this automaton that another lacks.
   *
   * @throws IllegalArgumentException if the result has too many states
   */
  public Fsa minus(Fsa other) {
    return product(other, true);
  }

  private Fsa product(Fsa other, boolean subtract) {
    Map<Key, Integer> numbers = new HashMap<>();
    List<Key> pairs = new ArrayList<>();
    List<int[]> product = new ArrayList<>();
    List<Boolean> productFinals = new ArrayList<>();
    pairs.add(new Key(0, 0));
    numbers.put(pairs.getFirst(), 0);
    for (int i = 0; i < pairs.size(); i++) {
      int a = pairs.get(i).states()[0];
      int b = pairs.get(i).states()[1];
      Edges of = new Edges();
      int[] bothEdges = edges[a];
      if (b != NONE) {
        bothEdges = Arrays.copyOf(edges[a], edges[a].length + other.edges[b].length);
        System.arraycopy(other.edges[b], 0, bothEdges, edges[a].length, other.edges[b].length);
      }
      int[] cuts = cuts(bothEdges);
      for (int c = 0; c + 1 < cuts.length; c++) {
        int nextA = step(a, cuts[c]);
        int nextB = b == NONE ? NONE : other.step(b, cuts[c]);
        if (nextA == NONE || (nextB == NONE && !subtract)) {
          continue;
        }
        Key key = new Key(nextA, nextB);
        Integer number = numbers.get(key);
        if (number == null) {
          number = pairs.size();
          if (number == MAX_STATES) {
            throw tooLarge();
          }
          numbers.put(key, number);
          pairs.add(key);
        }
        of.add(cuts[c], cuts[c + 1] - 1, number);
      }
      product.add(of.toArray());
      productFinals.add(finals[a] && (subtract != (b != NONE && other.finals[b])));
    }
    return new Fsa(product, productFinals).trimmed();
  }

  /** Whether there is no word. */
  public boolean isEmpty() {
    return !live()[0];
  }

  /** For each state whether a final state can be reached from it. */
  private boolean[] live() {
    boolean[] live = finals.clone();
    for (boolean changed = true; changed; ) {
      changed = false;
      for (int state = size() - 1; state >= 0; state--) {
        for (int e = 2; !live[state] && e < edges[state].length; e += 3) {
          live[state] = live[edges[state][e]];
          changed |= live[state];
        }
      }
    }
    return live;
  }

  /** Removes states from which no word ends; keeps the start. */
  private Fsa trimmed() {
    boolean[] live = live();
    int[] numbers = new int[size()];
    int count = 0;
    for (int state = 0; state < size(); state++) {
      numbers[state] = state == 0 || live[state] ? count++ : NONE;
    }
    List<int[]> kept = new ArrayList<>();
    List<Boolean> keptFinals = new ArrayList<>();
    for (int state = 0; state < size(); state++) {
      if (numbers[state] == NONE) {
        continue;
      }
      Edges of = new Edges();
      for (int e = 0; e < edges[state].length; e += 3) {
        if (live[edges[state][e + 2]]) {
          of.add(edges[state][e], edges[state][e + 1], numbers[edges[state][e + 2]]);
        }
      }
      kept.add(of.toArray());
      keptFinals.add(finals[state]);
    }
    return new Fsa(kept, keptFinals);
  }
}
