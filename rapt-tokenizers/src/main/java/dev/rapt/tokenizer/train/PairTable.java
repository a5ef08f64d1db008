package dev.rapt.tokenizer.train;

import java.util.Arrays;

/** A hash table from pairs of ids to numbers; 0 by default. */
final class PairTable {
  private static final long EMPTY = -1;

  private long[] keys;
  private long[] values;
  private int size;

  PairTable(int capacity) {
    keys = new long[Math.max(16, Integer.highestOneBit(capacity) * 4)];
    values = new long[keys.length];
    Arrays.fill(keys, EMPTY);
  }

  static long key(int left, int right) {
    return (long) left << 32 | right;
  }

  long get(long key) {
    int slot = slot(key);
    return keys[slot] == key ? values[slot] : 0;
  }

  /** Adds to the number of a pair; returns the previous value. */
  long add(long key, long change) {
    int slot = slot(key);
    if (keys[slot] == key) {
      long before = values[slot];
      values[slot] = before + change;
      return before;
    }
    keys[slot] = key;
    values[slot] = change;
    if (++size * 2 > keys.length) {
      grow();
    }
    return 0;
  }

  private void grow() {
    long[] oldKeys = keys;
    long[] oldValues = values;
    keys = new long[oldKeys.length * 2];
    values = new long[keys.length];
    Arrays.fill(keys, EMPTY);
    for (int i = 0; i < oldKeys.length; i++) {
      if (oldKeys[i] != EMPTY) {
        int slot = slot(oldKeys[i]);
        keys[slot] = oldKeys[i];
        values[slot] = oldValues[i];
      }
    }
  }

  private int slot(long key) {
    int mask = keys.length - 1;
    int slot = (int) ((key * 0x9E3779B97F4A7C15L) >>> 32) & mask;
    while (keys[slot] != EMPTY && keys[slot] != key) {
      slot = (slot + 1) & mask;
    }
    return slot;
  }
}
