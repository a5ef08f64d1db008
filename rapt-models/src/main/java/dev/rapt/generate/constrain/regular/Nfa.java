package dev.rapt.generate.constrain.regular;

import java.util.Arrays;
import java.util.BitSet;

/**
 * A nondeterministic automaton that is being built: states from 0, the start, with edges for ranges
 * of symbols and edges that consume nothing. Not thread-safe.
 */
public final class Nfa {
  /** Most states of one automaton: 2 million. */
  private static final int MAX_STATES = 2_000_000;

  private int[][] edges = new int[16][]; // of each state: first symbol, last symbol, target, ...
  private int[][] jumps = new int[16][]; // of each state: targets of edges that consume nothing
  private final BitSet finals = new BitSet();
  private int size;

  /** An automaton with the start state. */
  public Nfa() {
    addState();
  }

  /**
   * Adds a state and returns it.
   *
   * @throws IllegalArgumentException if the automaton becomes too large
   */
  public int addState() {
    if (size == MAX_STATES) {
      throw new IllegalArgumentException(
          "grammar: must need at most %d states, got more; use smaller bounds of repetitions"
              .formatted(MAX_STATES));
    }
    if (size == edges.length) {
      edges = Arrays.copyOf(edges, 2 * size);
      jumps = Arrays.copyOf(jumps, 2 * size);
    }
    edges[size] = new int[0];
    jumps[size] = new int[0];
    return size++;
  }

  /** Adds an edge for the symbols from {@code first} to {@code last}. */
  public void addEdge(int from, int first, int last, int to) {
    int[] old = edges[from];
    int[] more = Arrays.copyOf(old, old.length + 3);
    more[old.length] = first;
    more[old.length + 1] = last;
    more[old.length + 2] = to;
    edges[from] = more;
  }

  /** Adds an edge that consumes nothing. */
  public void addJump(int from, int to) {
    int[] old = jumps[from];
    jumps[from] = Arrays.copyOf(old, old.length + 1);
    jumps[from][old.length] = to;
  }

  /** Lets words end in a state. */
  public void setFinal(int state) {
    finals.set(state);
  }

  /** Number of states. */
  public int size() {
    return size;
  }

  /** Edges of a state: first symbol, last symbol and target of each. */
  int[] edges(int state) {
    return edges[state];
  }

  boolean isFinal(int[] states) {
    return Arrays.stream(states).anyMatch(finals::get);
  }

  /** These states and those that jumps reach from them, in order. */
  int[] closure(int... from) {
    BitSet seen = new BitSet();
    int[] stack = new int[Math.max(16, from.length)];
    int depth = 0;
    for (int state : from) {
      if (!seen.get(state)) {
        seen.set(state);
        stack[depth++] = state;
      }
    }
    while (depth > 0) {
      int state = stack[--depth];
      for (int target : jumps[state]) {
        if (!seen.get(target)) {
          seen.set(target);
          if (depth == stack.length) {
            stack = Arrays.copyOf(stack, 2 * depth);
          }
          stack[depth++] = target;
        }
      }
    }
    return seen.stream().toArray();
  }
}
