package dev.rapt.tokenizer.bpe;

import org.jspecify.annotations.Nullable;

/** The merges of a BPE model: pairs of tokens, the tokens they merge into, and their ranks. */
public final class MergeTable {
  /** The result of {@link #find} for a pair that does not merge. */
  public static final long NONE = Long.MAX_VALUE;

  private static final long EMPTY = -1;

  private final long[] table; // pairs of key (left, right) and value (rank, result)
  private final int mask;

  /**
   * @param left left ids in order of rank
   * @param right right ids
   * @param result ids they merge into
   */
  public MergeTable(int[] left, int[] right, int[] result) {
    this(left, right, result, null);
  }

  /**
   * @param left left ids
   * @param right right ids
   * @param result ids they merge into
   * @param ranks rank of each merge; null for 0, 1, 2 and so on
   */
  public MergeTable(int[] left, int[] right, int[] result, int @Nullable [] ranks) {
    int slots = Math.max(16, Integer.highestOneBit(Math.max(1, left.length)) * 4);
    table = new long[slots * 2];
    mask = slots - 1;
    java.util.Arrays.fill(table, EMPTY);
    for (int i = 0; i < left.length; i++) {
      long key = key(left[i], right[i]);
      int slot = slot(key);
      while (table[2 * slot] != EMPTY && table[2 * slot] != key) {
        slot = slot + 1 & mask;
      }
      table[2 * slot] = key;
      table[2 * slot + 1] = (long) (ranks == null ? i : ranks[i]) << 32 | result[i];
    }
  }

  /** Returns rank (high 32 bits) and result (low 32 bits) of a pair, or {@link #NONE}. */
  public long find(int left, int right) {
    long key = key(left, right);
    int slot = slot(key);
    while (true) {
      long found = table[2 * slot];
      if (found == key) {
        return table[2 * slot + 1];
      }
      if (found == EMPTY) {
        return NONE;
      }
      slot = slot + 1 & mask;
    }
  }

  private static long key(int left, int right) {
    return (long) left << 32 | (right & 0xFFFFFFFFL);
  }

  private int slot(long key) {
    return (int) ((key * 0x9E3779B97F4A7C15L) >>> 33) & mask;
  }
}
