package dev.rapt.tokenizer.bpe;

import java.util.Arrays;

/**
 * Merges the symbols of one word, the pair of lowest rank first, the leftmost of equal ones. Short
 * words are scanned; long ones use a heap, which takes O(n log n). Not thread-safe.
 */
public final class PairMerger {
  private static final int SCAN_LIMIT = 64; // symbols; above it the heap is faster
  private static final int KEPT_CAPACITY = 1 << 16;

  private int[] ids = new int[256];
  private int[] firsts = new int[256];
  private long[] pairs = new long[256];
  private int size;

  /** Creates a merger without symbols. */
  public PairMerger() {}

  /** Removes all symbols. */
  public void clear() {
    size = 0;
    if (ids.length > KEPT_CAPACITY) {
      ids = new int[256];
      firsts = new int[256];
      pairs = new long[256];
    }
  }

  /** Adds a symbol. */
  public void add(int id) {
    if (size == ids.length) {
      ids = Arrays.copyOf(ids, size * 2);
      firsts = Arrays.copyOf(firsts, size * 2);
      pairs = Arrays.copyOf(pairs, size * 2);
    }
    ids[size] = id;
    firsts[size] = size;
    size++;
  }

  /** Number of symbols. */
  public int size() {
    return size;
  }

  public int id(int index) {
    return ids[index];
  }

  /** Returns which of the added symbols is the first in the symbol at {@code index}. */
  public int first(int index) {
    return firsts[index];
  }

  /** Merges until no pair of the table is left. */
  public void merge(MergeTable merges) {
    if (size <= SCAN_LIMIT) {
      scan(merges);
    } else {
      merge(merges, new Heap(size));
    }
  }

  private void scan(MergeTable merges) {
    for (int i = 0; i + 1 < size; i++) {
      pairs[i] = merges.find(ids[i], ids[i + 1]);
    }
    while (size > 1) {
      int best = 0;
      long bestPair = pairs[0];
      for (int i = 1; i + 1 < size; i++) {
        if (pairs[i] < bestPair) {
          bestPair = pairs[i];
          best = i;
        }
      }
      if (bestPair == MergeTable.NONE) {
        return;
      }
      ids[best] = (int) bestPair;
      size--;
      for (int i = best + 1; i < size; i++) {
        ids[i] = ids[i + 1];
        firsts[i] = firsts[i + 1];
        pairs[i] = pairs[i + 1];
      }
      if (best > 0) {
        pairs[best - 1] = merges.find(ids[best - 1], ids[best]);
      }
      if (best + 1 < size) {
        pairs[best] = merges.find(ids[best], ids[best + 1]);
      }
    }
  }

  private void merge(MergeTable merges, Heap heap) {
    int[] next = new int[size];
    int[] previous = new int[size];
    for (int i = 0; i < size; i++) {
      next[i] = i + 1;
      previous[i] = i - 1;
    }
    for (int i = 0; i + 1 < size; i++) {
      push(merges, heap, i, i + 1);
    }
    while (heap.size > 0) {
      long top = heap.pop();
      int at = (int) top;
      int right = next[at];
      if (ids[at] < 0 || right >= size) {
        continue;
      }
      long pair = merges.find(ids[at], ids[right]);
      if (pair == MergeTable.NONE || pair >>> 32 != top >>> 32) {
        continue; // stale: a neighbour has merged since
      }
      ids[at] = (int) pair;
      ids[right] = -1;
      next[at] = next[right];
      if (next[at] < size) {
        previous[next[at]] = at;
        push(merges, heap, at, next[at]);
      }
      if (previous[at] >= 0) {
        push(merges, heap, previous[at], at);
      }
    }
    int count = 0;
    for (int i = 0; i < size; i = next[i]) {
      ids[count] = ids[i];
      firsts[count++] = i;
    }
    size = count;
  }

  private void push(MergeTable merges, Heap heap, int left, int right) {
    long pair = merges.find(ids[left], ids[right]);
    if (pair != MergeTable.NONE) {
      heap.push(pair >>> 32 << 32 | left);
    }
  }

  /** A binary heap of rank (high 32 bits) and place (low 32 bits). */
  private static final class Heap {
    private long[] entries;
    private int size;

    Heap(int capacity) {
      entries = new long[capacity];
    }

    void push(long entry) {
      if (size == entries.length) {
        entries = Arrays.copyOf(entries, size * 2);
      }
      int i = size++;
      while (i > 0 && entries[(i - 1) / 2] > entry) {
        entries[i] = entries[(i - 1) / 2];
        i = (i - 1) / 2;
      }
      entries[i] = entry;
    }

    long pop() {
      final long top = entries[0];
      long last = entries[--size];
      int i = 0;
      while (2 * i + 1 < size) {
        int child = 2 * i + 1;
        if (child + 1 < size && entries[child + 1] < entries[child]) {
          child++;
        }
        if (entries[child] >= last) {
          break;
        }
        entries[i] = entries[child];
        i = child;
      }
      entries[i] = last;
      return top;
    }
  }
}
