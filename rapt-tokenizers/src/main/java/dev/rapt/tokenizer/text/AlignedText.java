package dev.rapt.tokenizer.text;

import java.util.Arrays;
import java.util.function.IntPredicate;

/**
 * Text as code points, each with the range of the original text it came from. Immutable; slices
 * share the arrays.
 *
 * <p>Offsets count code points of the original text, end exclusive. Edits follow the alignment
 * rules of Hugging Face tokenizers, so that token offsets agree with that library.
 */
public final class AlignedText {
  private final int[] codePoints;
  private final int[] starts;
  private final int[] ends;
  private final int from;
  private final int to;

  private AlignedText(int[] codePoints, int[] starts, int[] ends, int from, int to) {
    this.codePoints = codePoints;
    this.starts = starts;
    this.ends = ends;
    this.from = from;
    this.to = to;
  }

  /** Returns a text aligned with itself; unpaired surrogates become {@code '?'}. */
  public static AlignedText of(CharSequence text) {
    int length = text.length();
    int[] codePoints = new int[length];
    int n = 0;
    for (int i = 0; i < length; i++) {
      char c = text.charAt(i);
      if (!Character.isSurrogate(c)) {
        codePoints[n++] = c;
      } else if (Character.isHighSurrogate(c)
          && i + 1 < length
          && Character.isLowSurrogate(text.charAt(i + 1))) {
        codePoints[n++] = Character.toCodePoint(c, text.charAt(++i));
      } else {
        codePoints[n++] = '?';
      }
    }
    int[] starts = new int[n];
    int[] ends = new int[n];
    for (int i = 0; i < n; i++) {
      starts[i] = i;
      ends[i] = i + 1;
    }
    return new AlignedText(codePoints, starts, ends, 0, n);
  }

  /**
   * Returns a text with any alignment. The arrays belong to it.
   *
   * @param starts for each code point where it starts in the original text
   * @param ends for each code point where it ends in the original text, exclusive
   * @param length number of code points
   */
  public static AlignedText of(int[] codePoints, int[] starts, int[] ends, int length) {
    return new AlignedText(codePoints, starts, ends, 0, length);
  }

  public int length() {
    return to - from;
  }

  public boolean isEmpty() {
    return to == from;
  }

  public int codePoint(int index) {
    return codePoints[from + index];
  }

  /** Returns the start in the original text of the code point at {@code index}. */
  public int originalStart(int index) {
    return starts[from + index];
  }

  /** Returns the end (exclusive) in the original text of the code point at {@code index}. */
  public int originalEnd(int index) {
    return ends[from + index];
  }

  /** Returns the code points {@code [start, end)}. */
  public AlignedText slice(int start, int end) {
    return new AlignedText(codePoints, starts, ends, from + start, from + end);
  }

  /** Returns the code points {@code [start, end)} as a string. */
  public String substring(int start, int end) {
    return new String(codePoints, from + start, end - start);
  }

  @Override
  public String toString() {
    return new String(codePoints, from, to - from);
  }

  /** Returns the first index of a code point from {@code start} on, or -1. */
  public int indexOf(int codePoint, int start) {
    for (int i = from + start; i < to; i++) {
      if (codePoints[i] == codePoint) {
        return i - from;
      }
    }
    return -1;
  }

  public boolean startsWith(int codePoint) {
    return !isEmpty() && codePoint(0) == codePoint;
  }

  /**
   * Returns the edited text. Each edit is a code point with a change: 0 replaces the next code
   * point, 1 inserts, -n replaces the next and removes the n after it. An inserted code point has
   * the alignment of the preceding one.
   *
   * @param edits the new code points with their changes
   * @param skipped code points removed before the first edit
   */
  public AlignedText edit(Edits edits, int skipped) {
    int[] newStarts = new int[edits.size];
    int[] newEnds = new int[edits.size];
    int position = from + skipped;
    for (int i = 0; i < edits.size; i++) {
      int change = edits.changes[i];
      int source = change > 0 ? position - 1 : position;
      if (source >= from) {
        newStarts[i] = starts[source];
        newEnds[i] = ends[source];
      }
      if (change <= 0) {
        position += 1 - change;
      }
    }
    int[] points = Arrays.copyOf(edits.codePoints, edits.size);
    return new AlignedText(points, newStarts, newEnds, 0, edits.size);
  }

  /** Returns a copy with one code point in place of another. */
  public AlignedText replace(int codePoint, int replacement) {
    int first = indexOf(codePoint, 0);
    if (first < 0) {
      return this;
    }
    int n = length();
    int[] points = Arrays.copyOfRange(codePoints, from, to);
    for (int i = first; i < n; i++) {
      points[i] = points[i] == codePoint ? replacement : points[i];
    }
    boolean whole = from == 0 && to == starts.length && to == ends.length;
    return new AlignedText(
        points,
        whole ? starts : Arrays.copyOfRange(starts, from, to),
        whole ? ends : Arrays.copyOfRange(ends, from, to),
        0,
        n);
  }

  /** Returns a copy without the code points that fail the test. */
  public AlignedText filter(IntPredicate keep) {
    Edits edits = new Edits(length());
    int skipped = 0;
    int removed = 0;
    int pending = -1;
    for (int i = 0; i < length(); i++) {
      int c = codePoint(i);
      if (!keep.test(c)) {
        removed++;
        continue;
      }
      if (pending >= 0) {
        edits.add(pending, -removed);
      } else {
        skipped = removed;
      }
      pending = c;
      removed = 0;
    }
    if (pending >= 0) {
      edits.add(pending, -removed);
    }
    return edit(edits, skipped);
  }

  /** Returns a copy with a prefix, aligned with the first code point; empty text stays empty. */
  public AlignedText prepend(String prefix) {
    if (isEmpty() || prefix.isEmpty()) {
      return this;
    }
    int added = prefix.codePointCount(0, prefix.length());
    int n = length() + added;
    int[] points = new int[n];
    for (int i = 0, at = 0; i < added; i++) {
      points[i] = prefix.codePointAt(at);
      at += Character.charCount(points[i]);
    }
    int[] newStarts = new int[n];
    int[] newEnds = new int[n];
    Arrays.fill(newStarts, 0, added, originalStart(0));
    Arrays.fill(newEnds, 0, added, originalEnd(0));
    System.arraycopy(codePoints, from, points, added, length());
    System.arraycopy(starts, from, newStarts, added, length());
    System.arraycopy(ends, from, newEnds, added, length());
    return new AlignedText(points, newStarts, newEnds, 0, n);
  }

  /** Replaces every match; the replacement has the alignment of the last code point replaced. */
  public AlignedText replace(Matches spans, String content) {
    if (!spans.hasMatch()) {
      return this;
    }
    int[] replacement = content.codePoints().toArray();
    Edits edits = new Edits(length());
    int[] newStarts = new int[length() + 16];
    int[] newEnds = new int[length() + 16];
    int start = 0;
    for (int s = 0; s < spans.size(); s++) {
      int end = spans.end(s);
      int count = spans.isMatch(s) ? replacement.length : end - start;
      if (edits.size + count > newStarts.length) {
        int capacity = Math.max(edits.size + count, newStarts.length * 2);
        newStarts = Arrays.copyOf(newStarts, capacity);
        newEnds = Arrays.copyOf(newEnds, capacity);
      }
      for (int i = 0; i < count; i++) {
        int source = spans.isMatch(s) ? end - 1 : start + i;
        newStarts[edits.size] = source < 0 ? 0 : originalStart(source);
        newEnds[edits.size] = source < 0 ? 0 : originalEnd(source);
        edits.add(spans.isMatch(s) ? replacement[i] : codePoint(start + i), 0);
      }
      start = end;
    }
    return new AlignedText(
        Arrays.copyOf(edits.codePoints, edits.size), newStarts, newEnds, 0, edits.size);
  }

  /** Code points with their changes, for {@link #edit}. */
  public static final class Edits {
    private int[] codePoints;
    private int[] changes;
    private int size;

    public Edits(int capacity) {
      codePoints = new int[Math.max(16, capacity)];
      changes = new int[Math.max(16, capacity)];
    }

    public void add(int codePoint, int change) {
      if (size == codePoints.length) {
        codePoints = Arrays.copyOf(codePoints, size * 2);
        changes = Arrays.copyOf(changes, size * 2);
      }
      codePoints[size] = codePoint;
      changes[size++] = change;
    }

    /**
     * Adds a string that replaces {@code oldCount} code points one by one; surplus new code points
     * are inserted, surplus old ones removed.
     */
    public void replace(int oldCount, String text) {
      int before = size;
      text.codePoints().forEach(c -> add(c, 0));
      int difference = size - before - oldCount;
      for (int i = 0; i < difference; i++) {
        changes[size - 1 - i] = 1;
      }
      if (difference < 0 && size > 0) {
        changes[size - 1] += difference;
      }
    }

    public int size() {
      return size;
    }
  }
}
