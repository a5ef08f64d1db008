package dev.rapt.tokenizer.train;

import java.util.Arrays;

/** Counts the occurrences of words (byte strings). */
final class WordCounts {
  private byte[] bytes = new byte[1 << 16];
  private int[] starts = new int[1 << 12]; // starts[i + 1] is the end of word i
  private long[] counts = new long[1 << 12];
  private int[] hashes = new int[1 << 12];
  private int[] slots = new int[1 << 14];
  private int size;

  WordCounts() {
    Arrays.fill(slots, -1);
  }

  int size() {
    return size;
  }

  long count(int word) {
    return counts[word];
  }

  int length(int word) {
    return starts[word + 1] - starts[word];
  }

  byte byteAt(int word, int index) {
    return bytes[starts[word] + index];
  }

  /** Adds {@code count} occurrences of the word {@code s[from, to)}. */
  void add(byte[] s, int from, int to, long count) {
    int hash = hash(s, from, to);
    int mask = slots.length - 1;
    int slot = hash & mask;
    while (slots[slot] >= 0) {
      int word = slots[slot];
      if (hashes[word] == hash
          && Arrays.equals(bytes, starts[word], starts[word + 1], s, from, to)) {
        counts[word] += count;
        return;
      }
      slot = (slot + 1) & mask;
    }
    slots[slot] = size;
    append(s, from, to, count, hash);
  }

  void addAll(WordCounts other) {
    for (int word = 0; word < other.size; word++) {
      add(other.bytes, other.starts[word], other.starts[word + 1], other.counts[word]);
    }
  }

  private void append(byte[] s, int from, int to, long count, int hash) {
    int start = starts[size];
    int end = Math.addExact(start, to - from);
    if (end > bytes.length) {
      bytes =
          Arrays.copyOf(
              bytes, (int) Math.min(Integer.MAX_VALUE - 8, Math.max(end, bytes.length * 2L)));
    }
    System.arraycopy(s, from, bytes, start, to - from);
    if (size + 2 > starts.length) {
      starts = Arrays.copyOf(starts, starts.length * 2);
      counts = Arrays.copyOf(counts, starts.length);
      hashes = Arrays.copyOf(hashes, starts.length);
    }
    starts[size + 1] = end;
    counts[size] = count;
    hashes[size] = hash;
    size++;
    if (size * 2 > slots.length) {
      grow();
    }
  }

  private void grow() {
    slots = new int[slots.length * 2];
    Arrays.fill(slots, -1);
    int mask = slots.length - 1;
    for (int word = 0; word < size; word++) {
      int slot = hashes[word] & mask;
      while (slots[slot] >= 0) {
        slot = (slot + 1) & mask;
      }
      slots[slot] = word;
    }
  }

  private static int hash(byte[] s, int from, int to) {
    long hash = 17L + to - from;
    for (int i = from; i < to; i++) {
      hash = (hash ^ s[i]) * 0x9E3779B97F4A7C15L;
    }
    return (int) (hash >>> 32);
  }
}
