package dev.rapt.tokenizer.text;

import java.util.Arrays;

/** The matches of a pattern: consecutive spans of a text, each a match or a gap. */
public final class Matches {
  private int[] ends = new int[16];
  private boolean[] matches = new boolean[16];
  private int size;

  /** Creates an empty list of spans. */
  public Matches() {}

  /** Adds the span from the end of the previous one to {@code end}. */
  public void add(int end, boolean isMatch) {
    if (size == ends.length) {
      ends = Arrays.copyOf(ends, size * 2);
      matches = Arrays.copyOf(matches, size * 2);
    }
    ends[size] = end;
    matches[size++] = isMatch;
  }

  public int size() {
    return size;
  }

  public int start(int index) {
    return index == 0 ? 0 : ends[index - 1];
  }

  public int end(int index) {
    return ends[index];
  }

  public boolean isMatch(int index) {
    return matches[index];
  }

  /** Returns whether any span is a match. */
  public boolean hasMatch() {
    for (int i = 0; i < size; i++) {
      if (matches[i]) {
        return true;
      }
    }
    return false;
  }

  /** Returns a copy with matches and gaps exchanged. */
  public Matches inverted() {
    Matches inverse = new Matches();
    for (int i = 0; i < size; i++) {
      inverse.add(ends[i], !matches[i]);
    }
    return inverse;
  }
}
