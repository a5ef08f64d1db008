package dev.rapt.generate.constrain.expression;

import java.util.Arrays;
import java.util.function.IntPredicate;

/**
 * A set of Unicode scalar values: code points without surrogates, which UTF-8 cannot write.
 * Immutable.
 */
public final class CharSet {
  /** Every Unicode scalar value. */
  public static final CharSet ALL =
      new CharSet(
          new int[] {0, Character.MIN_SURROGATE - 1, Character.MAX_SURROGATE + 1, 0x10FFFF});

  /** No character. */
  public static final CharSet NONE = new CharSet(new int[0]);

  private final int[] bounds; // first and last of each range, in order, with gaps between ranges

  private CharSet(int[] bounds) {
    this.bounds = bounds;
  }

  /** The set of these characters. */
  public static CharSet of(int... chars) {
    int[] pairs = new int[2 * chars.length];
    for (int i = 0; i < chars.length; i++) {
      pairs[2 * i] = chars[i];
      pairs[2 * i + 1] = chars[i];
    }
    return ofRanges(pairs);
  }

  /** The set of the characters of a text. */
  public static CharSet ofText(String text) {
    return of(text.codePoints().toArray());
  }

  /** The characters from {@code first} to {@code last}, both included. */
  public static CharSet range(int first, int last) {
    return ofRanges(first, last);
  }

  /**
   * The union of ranges.
   *
   * @param pairs first and last character of each range, both included
   */
  public static CharSet ofRanges(int... pairs) {
    return normalized(pairs).and(ALL);
  }

  /** The scalar values for which a predicate holds. */
  public static CharSet where(IntPredicate predicate) {
    int[] pairs = new int[16];
    int size = 0;
    boolean open = false;
    for (int c = 0; c <= 0x10FFFF; c++) {
      boolean holds = predicate.test(c);
      if (holds && !open) {
        if (size == pairs.length) {
          pairs = Arrays.copyOf(pairs, 2 * size);
        }
        pairs[size] = c;
      } else if (!holds && open) {
        pairs[size + 1] = c - 1;
        size += 2;
      }
      open = holds;
    }
    if (open) {
      pairs = Arrays.copyOf(pairs, size + 2);
      pairs[size + 1] = 0x10FFFF;
      size += 2;
    }
    return ofRanges(Arrays.copyOf(pairs, size));
  }

  /** Sorts ranges and joins those that touch. */
  private static CharSet normalized(int[] pairs) {
    long[] sorted = new long[pairs.length / 2];
    for (int i = 0; i < sorted.length; i++) {
      sorted[i] = (long) pairs[2 * i] << 32 | pairs[2 * i + 1];
    }
    Arrays.sort(sorted);
    int[] joined = new int[pairs.length];
    int size = 0;
    for (long range : sorted) {
      int first = (int) (range >>> 32);
      int last = (int) range;
      if (size > 0 && first <= joined[size - 1] + 1) {
        joined[size - 1] = Math.max(joined[size - 1], last);
      } else if (first <= last) {
        joined[size++] = first;
        joined[size++] = last;
      }
    }
    return new CharSet(Arrays.copyOf(joined, size));
  }

  /** Number of ranges. */
  public int numRanges() {
    return bounds.length / 2;
  }

  /** First character of range i; the ranges are in order and do not touch. */
  public int first(int i) {
    return bounds[2 * i];
  }

  /** Last character of range i. */
  public int last(int i) {
    return bounds[2 * i + 1];
  }

  /** Whether no character is in the set. */
  public boolean isEmpty() {
    return bounds.length == 0;
  }

  /** Whether a character is in the set. */
  public boolean contains(int c) {
    for (int i = 0; i < bounds.length; i += 2) {
      if (c <= bounds[i + 1]) {
        return c >= bounds[i];
      }
    }
    return false;
  }

  /** The characters of this set or of another. */
  public CharSet or(CharSet other) {
    int[] pairs = Arrays.copyOf(bounds, bounds.length + other.bounds.length);
    System.arraycopy(other.bounds, 0, pairs, bounds.length, other.bounds.length);
    return normalized(pairs);
  }

  /** The characters of both sets. */
  public CharSet and(CharSet other) {
    int[] pairs = new int[2 * (numRanges() + other.numRanges())];
    int size = 0;
    for (int i = 0, j = 0; i < numRanges() && j < other.numRanges(); ) {
      int first = Math.max(first(i), other.first(j));
      int last = Math.min(last(i), other.last(j));
      if (first <= last) {
        pairs[size++] = first;
        pairs[size++] = last;
      }
      if (last(i) < other.last(j)) {
        i++;
      } else {
        j++;
      }
    }
    return new CharSet(Arrays.copyOf(pairs, size));
  }

  /** The scalar values outside the set. */
  public CharSet not() {
    int[] pairs = new int[bounds.length + 2];
    int next = 0;
    for (int i = 0; i < numRanges(); i++) {
      pairs[2 * i] = next;
      pairs[2 * i + 1] = first(i) - 1;
      next = last(i) + 1;
    }
    pairs[bounds.length] = next;
    pairs[bounds.length + 1] = 0x10FFFF;
    return ofRanges(pairs);
  }

  /** The characters of this set that are not in another. */
  public CharSet minus(CharSet other) {
    return and(other.not());
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof CharSet set && Arrays.equals(bounds, set.bounds);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bounds);
  }

  @Override
  public String toString() {
    return Arrays.toString(bounds);
  }
}
