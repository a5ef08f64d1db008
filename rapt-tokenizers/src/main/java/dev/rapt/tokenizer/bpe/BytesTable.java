package dev.rapt.tokenizer.bpe;

import java.util.Arrays;

/** A hash table from byte strings to their indexes. */
final class BytesTable {
  private final byte[][] keys;
  private final int[] slots;

  /** Creates a table. Empty keys are skipped; the last of equal keys wins. */
  BytesTable(byte[][] keys) {
    this.keys = keys;
    slots = new int[Integer.highestOneBit(Math.max(4, keys.length)) * 4];
    Arrays.fill(slots, -1);
    for (int k = 0; k < keys.length; k++) {
      if (keys[k].length > 0) {
        slots[slot(keys[k], 0, keys[k].length)] = k;
      }
    }
  }

  /** Returns the index of the key {@code s[from, to)}, or -1. */
  int find(byte[] s, int from, int to) {
    return slots[slot(s, from, to)];
  }

  /** Returns the slot of the key, or the free slot for it. */
  private int slot(byte[] s, int from, int to) {
    long hash = 1;
    for (int i = from; i < to; i++) {
      hash = (hash ^ s[i]) * 0x9E3779B97F4A7C15L;
    }
    int mask = slots.length - 1;
    int slot = (int) (hash >>> 32) & mask;
    while (slots[slot] >= 0
        && !Arrays.equals(keys[slots[slot]], 0, keys[slots[slot]].length, s, from, to)) {
      slot = slot + 1 & mask;
    }
    return slot;
  }
}
