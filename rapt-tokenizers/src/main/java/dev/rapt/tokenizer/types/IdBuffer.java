package dev.rapt.tokenizer.types;

import java.util.Arrays;

/** A growing array of token ids. */
public final class IdBuffer {
  private int[] ids;
  private int size;

  public IdBuffer(int capacity) {
    ids = new int[Math.max(16, capacity)];
  }

  /** Appends one id. */
  public void add(int id) {
    if (size == ids.length) {
      ids = Arrays.copyOf(ids, size * 2);
    }
    ids[size++] = id;
  }

  /** Appends {@code source[from, to)}. */
  public void add(int[] source, int from, int to) {
    int count = to - from;
    if (size + count > ids.length) {
      ids = Arrays.copyOf(ids, Math.max(size + count, size * 2));
    }
    System.arraycopy(source, from, ids, size, count);
    size += count;
  }

  public int size() {
    return size;
  }

  public int get(int index) {
    return ids[java.util.Objects.checkIndex(index, size)];
  }

  /** Forgets all ids but keeps the array. */
  public void clear() {
    size = 0;
  }

  /**
   * The backing array, of which the first {@link #size} elements are ids; valid until the next add.
   */
  public int[] array() {
    return ids;
  }

  public int[] toArray() {
    return Arrays.copyOf(ids, size);
  }
}
