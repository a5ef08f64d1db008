package dev.rapt.generate.constrain.automaton;

import dev.rapt.generate.constrain.expression.CharSet;
import dev.rapt.generate.constrain.regular.Nfa;
import java.util.Arrays;

/**
 * Paths of an automaton over bytes for the UTF-8 encodings of a set of characters. Ranges of
 * characters become products of ranges of bytes, as few as possible (RFC 3629, section 4).
 */
final class Utf8Edges {
  private static final int[] LAST_OF_LENGTH = {0x7F, 0x7FF, 0xFFFF, 0x10FFFF};

  private final Nfa nfa;
  private final int[] rest = new int[4]; // state before k continuation bytes of any value

  private Utf8Edges(Nfa nfa, int to) {
    this.nfa = nfa;
    rest[0] = to;
  }

  /** Adds paths from one state to another. */
  static void add(Nfa nfa, int from, CharSet set, int to) {
    Utf8Edges edges = new Utf8Edges(nfa, to);
    for (int i = 0; i < set.numRanges(); i++) {
      int first = set.first(i);
      for (int length = 1; length <= 4; length++) {
        int last = Math.min(set.last(i), LAST_OF_LENGTH[length - 1]);
        if (first <= last) {
          edges.split(from, encode(first, length), encode(last, length), 0);
          first = last + 1;
        }
      }
    }
  }

  private static int[] encode(int c, int length) {
    int[] bytes = new int[length];
    for (int i = length - 1; i > 0; i--) {
      bytes[i] = 0x80 | (c & 0x3F);
      c >>= 6;
    }
    bytes[0] = length == 1 ? c : c | ((0xF00 >> length) & 0xFF);
    return bytes;
  }

  /** Adds the paths for encodings from lo to hi, whose bytes before {@code at} are consumed. */
  private void split(int from, int[] lo, int[] hi, int at) {
    if (at == lo.length - 1) {
      nfa.addEdge(from, lo[at], hi[at], rest[0]);
      return;
    }
    if (lo[at] == hi[at]) {
      split(next(from, lo[at]), lo, hi, at + 1);
      return;
    }
    int first = lo[at];
    int last = hi[at];
    if (!allFrom(lo, at + 1, 0x80)) {
      split(next(from, first), lo, filled(lo, at + 1, 0xBF), at + 1);
      first++;
    }
    if (!allFrom(hi, at + 1, 0xBF)) {
      split(next(from, last), filled(hi, at + 1, 0x80), hi, at + 1);
      last--;
    }
    if (first <= last) {
      nfa.addEdge(from, first, last, rest(lo.length - 1 - at));
    }
  }

  private int next(int from, int value) {
    int state = nfa.addState();
    nfa.addEdge(from, value, value, state);
    return state;
  }

  private int rest(int count) {
    if (count > 0 && rest[count] == 0) {
      int target = rest(count - 1);
      rest[count] = nfa.addState();
      nfa.addEdge(rest[count], 0x80, 0xBF, target);
    }
    return rest[count];
  }

  private static boolean allFrom(int[] bytes, int from, int value) {
    for (int i = from; i < bytes.length; i++) {
      if (bytes[i] != value) {
        return false;
      }
    }
    return true;
  }

  private static int[] filled(int[] bytes, int from, int value) {
    int[] filled = bytes.clone();
    Arrays.fill(filled, from, bytes.length, value);
    return filled;
  }
}
