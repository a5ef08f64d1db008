package dev.rapt.tokenizer.types;

import java.util.Arrays;

/** A growable array of token ids. Not thread-safe. */
public final class IdBuffer {
  private int[] ids;
  private int size;

  /**
   * Creates an empty buffer.
   *
   * @param capacity initial capacity in ids
   */
  public IdBuffer(int capacity) {
    ids = new int[Math.max(16, capacity)];
  }

  /**
   * Appends one id.
   *
   * @param id the id
   */
  public void add(int id) {
    if (size == ids.length) {
      ids = Arrays.copyOf(ids, size * 2);
    }
    ids[size++] = id;
  }

  /**
   * Appends {@code source[from, to)}.
   *
   * @param source the ids
   * @param from first index
   * @param to end, exclusive
   */
  public void add(int[] source, int from, int to) {
    int count = to - from;
    if (size + count > ids.length) {
      ids = Arrays.copyOf(ids, Math.max(size + count, size * 2));
    }
    System.arraycopy(source, from, ids, size, count);
    size += count;
  }

  /** {@return the number of ids} */
  public int size() {
    return size;
  }

  /**
   * Returns an id.
   *
   * @param index its index
   * @return the id
   */
  public int get(int index) {
    return ids[java.util.Objects.checkIndex(index, size)];
  }

  /** Removes all ids but keeps the array. */
  public void clear() {
    size = 0;
  }

  /**
   * {@return the backing array; its first {@link #size} elements are ids, valid until the next add}
   */
  public int[] array() {
    return ids;
  }

  /** {@return a copy of the ids} */
  public int[] toArray() {
    return Arrays.copyOf(ids, size);
  }
}
