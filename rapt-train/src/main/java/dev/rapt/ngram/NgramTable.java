package dev.rapt.ngram;

import java.util.Arrays;

/**
 * A hash table of the n-grams of one order, numbered from 0 in the order of their first appearance.
 * The 64-bit key of an n-gram is the id of its first n-1 tokens in the table of the next lower
 * order, and its last token. Open addressing with linear probing; 20 to 28 bytes per entry.
 */
final class NgramTable {
  static final int ABSENT = -1;

  private static final double MAX_LOAD = 0.7;

  private int[] slots; // id + 1, 0 is empty
  private long[] keys; // by id
  private int[] counts; // by id
  private int size;

  NgramTable() {
    slots = new int[1 << 10];
    keys = new long[1 << 9];
    counts = new int[1 << 9];
  }

  int size() {
    return size;
  }

  int count(int id) {
    return counts[id];
  }

  /** The id of the context that the n-gram continues. */
  int context(int id) {
    return (int) (keys[id] >>> 32);
  }

  void increment(int id) {
    counts[id]++;
  }

  int find(int context, int token) {
    long key = key(context, token);
    int mask = slots.length - 1;
    for (int slot = hash(key) & mask; ; slot = (slot + 1) & mask) {
      int id = slots[slot] - 1;
      if (id < 0) {
        return ABSENT;
      }
      if (keys[id] == key) {
        return id;
      }
    }
  }

  /** The id of the n-gram; a new one gets the next id and count 0. */
  int add(int context, int token) {
    long key = key(context, token);
    int mask = slots.length - 1;
    int slot = hash(key) & mask;
    for (; slots[slot] != 0; slot = (slot + 1) & mask) {
      int id = slots[slot] - 1;
      if (keys[id] == key) {
        return id;
      }
    }
    if (size == keys.length) {
      int capacity = (int) Math.min(Integer.MAX_VALUE - 8, size + (size >> 1) + 16L);
      keys = Arrays.copyOf(keys, capacity);
      counts = Arrays.copyOf(counts, capacity);
    }
    keys[size] = key;
    slots[slot] = ++size;
    if (size > MAX_LOAD * slots.length) {
      grow();
    }
    return size - 1;
  }

  private void grow() {
    if (slots.length == 1 << 30) {
      throw new IllegalStateException(
          "n-grams: at most " + (long) (MAX_LOAD * slots.length) + " of one order fit, got more");
    }
    int[] larger = new int[2 * slots.length];
    slots = larger;
    int mask = larger.length - 1;
    for (int id = 0; id < size; id++) {
      int slot = hash(keys[id]) & mask;
      while (larger[slot] != 0) {
        slot = (slot + 1) & mask;
      }
      larger[slot] = id + 1;
    }
  }

  private static long key(int context, int token) {
    return ((long) context << 32) | token;
  }

  private static int hash(long key) {
    long h = key * 0x9e3779b97f4a7c15L;
    h ^= h >>> 32;
    h *= 0xd6e8feb86659fd93L;
    return (int) (h >>> 32);
  }
}
