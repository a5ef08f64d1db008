package dev.rapt.generate.constrain.automaton;

import java.util.Arrays;

/**
 * A set of stacks of states, each with the state that acts next on top and below it the states to
 * which its callers return. Stacks with one top share what is below it, a set of stacks again.
 * Immutable, with structural equality.
 *
 * <p>As the configurations of a parse, tops have edges for bytes, and the empty stack stands for a
 * text that may end here.
 */
public final class Configurations {
  /** The empty stack alone. */
  public static final Configurations BOTTOM =
      new Configurations(new int[0], new Configurations[0], true);

  private final int[] states; // rising
  private final Configurations[] below;
  private final boolean hasEmpty;
  private final int hash;

  private Configurations(int[] states, Configurations[] below, boolean hasEmpty) {
    this.states = states;
    this.below = below;
    this.hasEmpty = hasEmpty;
    int h = Boolean.hashCode(hasEmpty);
    for (int i = 0; i < states.length; i++) {
      h = 31 * (31 * h + states[i]) + below[i].hash;
    }
    hash = h;
  }

  /** The stacks with one top above others. */
  public static Configurations push(int state, Configurations below) {
    return new Configurations(new int[] {state}, new Configurations[] {below}, false);
  }

  /** Number of tops. */
  public int size() {
    return states.length;
  }

  /** Top i. */
  public int state(int i) {
    return states[i];
  }

  /** What is below top i. */
  public Configurations below(int i) {
    return below[i];
  }

  /** Whether the empty stack is among them. */
  public boolean hasEmpty() {
    return hasEmpty;
  }

  /** Whether there is no stack at all. */
  public boolean isNone() {
    return states.length == 0 && !hasEmpty;
  }

  /** The stacks of both sets; this object if it has all of them. */
  @SuppressWarnings("ReferenceEquality") // identity says that nothing was added
  Configurations or(Configurations other) {
    if (this == other) {
      return this;
    }
    int[] union = new int[states.length + other.states.length];
    Configurations[] unionBelow = new Configurations[union.length];
    boolean isThis = hasEmpty || !other.hasEmpty;
    int size = 0;
    for (int i = 0, j = 0; i < states.length || j < other.states.length; size++) {
      if (j == other.states.length || (i < states.length && states[i] < other.states[j])) {
        union[size] = states[i];
        unionBelow[size] = below[i++];
      } else if (i == states.length || other.states[j] < states[i]) {
        union[size] = other.states[j];
        unionBelow[size] = other.below[j++];
        isThis = false;
      } else {
        union[size] = states[i];
        unionBelow[size] = below[i].or(other.below[j++]);
        isThis &= unionBelow[size] == below[i++];
      }
    }
    return isThis
        ? this
        : new Configurations(
            Arrays.copyOf(union, size),
            Arrays.copyOf(unionBelow, size),
            hasEmpty || other.hasEmpty);
  }

  @Override
  public boolean equals(Object object) {
    if (this == object) {
      return true;
    }
    return object instanceof Configurations other
        && hash == other.hash
        && hasEmpty == other.hasEmpty
        && Arrays.equals(states, other.states)
        && Arrays.equals(below, other.below);
  }

  @Override
  public int hashCode() {
    return hash;
  }

  /** Collects stacks, and those that calls and returns of rules make of them. */
  static final class Builder {
    private final Machine machine;
    private int[] states = new int[4];
    private Configurations[] below = new Configurations[4];
    private boolean[] open = new boolean[4];
    private int size;
    private boolean hasEmpty;

    Builder(Machine machine) {
      this.machine = machine;
    }

    /** Adds the stacks with one top. */
    @SuppressWarnings("ReferenceEquality") // identity says that nothing was added
    void add(int state, Configurations under) {
      for (int i = 0; i < size; i++) {
        if (states[i] == state) {
          Configurations union = below[i].or(under);
          open[i] |= union != below[i];
          below[i] = union;
          return;
        }
      }
      if (size == states.length) {
        states = Arrays.copyOf(states, 2 * size);
        below = Arrays.copyOf(below, 2 * size);
        open = Arrays.copyOf(open, 2 * size);
      }
      states[size] = state;
      below[size] = under;
      open[size++] = true;
    }

    /** Follows calls and returns; keeps the stacks whose top has edges for bytes. */
    Configurations build() {
      for (boolean changed = true; changed; ) {
        changed = false;
        for (int i = 0; i < size; i++) {
          if (open[i]) {
            open[i] = false;
            changed = true;
            follow(states[i], below[i]);
          }
        }
      }
      return sorted();
    }

    private void follow(int state, Configurations under) {
      int[] calls = machine.calls(state);
      for (int c = 0; c < calls.length; c += 2) {
        int after = calls[c + 1];
        add(calls[c], machine.onlyReturns(after) ? under : push(after, under));
      }
      if (machine.isFinal(state)) {
        hasEmpty |= under.hasEmpty;
        for (int i = 0; i < under.size(); i++) {
          add(under.states[i], under.below[i]);
        }
      }
    }

    private Configurations sorted() {
      long[] order = new long[size];
      int count = 0;
      for (int i = 0; i < size; i++) {
        if (machine.hasBytes(states[i])) {
          order[count++] = (long) states[i] << 32 | i;
        }
      }
      Arrays.sort(order, 0, count);
      int[] tops = new int[count];
      Configurations[] rest = new Configurations[count];
      for (int i = 0; i < count; i++) {
        tops[i] = (int) (order[i] >>> 32);
        rest[i] = below[(int) order[i]];
      }
      return new Configurations(tops, rest, hasEmpty);
    }
  }
}
