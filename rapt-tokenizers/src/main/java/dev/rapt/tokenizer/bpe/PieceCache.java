package dev.rapt.tokenizer.bpe;

import dev.rapt.tokenizer.types.IdBuffer;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * A cache of words and their ids, or other numbers. Words of up to 15 bytes are stored as two longs
 * (the last byte is the length) in a two-way associative table, longer ones as bytes. When ids or
 * bytes no longer fit, the cache is cleared.
 */
public final class PieceCache {
  /** Longest word stored as two longs, in bytes. */
  public static final int MAX_SHORT = 15;

  /** Longest word stored at all, in bytes. */
  public static final int MAX_LONG = 192;

  /** Bytes that must be readable after a word. */
  public static final int PADDING = 16;

  /** The result of a search that finds nothing. */
  public static final long MISS = -1;

  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private static final int SHORT_BITS = 16; // 65,536 words, 2 MB
  private static final int LONG_BITS = 15;
  private static final int MAX_IDS = 1 << 19;
  private static final int MAX_BYTES = 1 << 21;
  private static final int STRIDE = 4; // low, high, value, unused

  // A value is a count of ids (high 32 bits) and the id itself or the place in ids (low 32 bits).
  private final long[] table = new long[STRIDE << SHORT_BITS];
  private final long[] longTable = new long[2 << LONG_BITS]; // place and length in bytes, value
  private int[] ids = new int[1024];
  private byte[] bytes = new byte[1024];
  private int idCount;
  private int byteCount;

  /** Creates an empty cache. */
  public PieceCache() {}

  /** Returns the first part of the key of a short word; bytes after it must be readable. */
  public static long low(byte[] s, int from, int length) {
    long word = (long) LONG.get(s, from);
    return length >= 8 ? word : word & (1L << (8 * length)) - 1;
  }

  /** Returns the second part of the key of a short word. */
  public static long high(byte[] s, int from, int length) {
    long tag = (long) length << 56;
    return length <= 8
        ? tag
        : tag | ((long) LONG.get(s, from + 8) & (1L << (8 * (length - 8))) - 1);
  }

  /** Returns the value of a short word, or {@link #MISS}. */
  public long find(long low, long high) {
    int slot = slot(low, high);
    if (table[slot] == low && table[slot + 1] == high) {
      return table[slot + 2];
    }
    int other = slot ^ STRIDE;
    return table[other] == low && table[other + 1] == high ? table[other + 2] : MISS;
  }

  /** Stores the ids from {@code start} on for a short word. */
  public void put(long low, long high, IdBuffer out, int start) {
    long value = store(out, start);
    int slot = slot(low, high);
    if (table[slot + 1] != 0) {
      System.arraycopy(table, slot, table, slot ^ STRIDE, 3);
    }
    table[slot] = low;
    table[slot + 1] = high;
    table[slot + 2] = value;
  }

  /** Returns the value of a word of 16 to {@link #MAX_LONG} bytes, or {@link #MISS}. */
  public long findLong(byte[] s, int from, int length) {
    int slot = longSlot(s, from, length);
    long key = longTable[slot];
    int place = (int) (key >>> 32);
    boolean equal =
        (int) key == length && Arrays.equals(bytes, place, place + length, s, from, from + length);
    return equal ? longTable[slot + 1] : MISS;
  }

  /** Stores the ids from {@code start} on for a word of 16 to {@link #MAX_LONG} bytes. */
  public void putLong(byte[] s, int from, int length, IdBuffer out, int start) {
    if (byteCount + length > MAX_BYTES) {
      clear();
    }
    long value = store(out, start);
    if (byteCount + length > bytes.length) {
      bytes = Arrays.copyOf(bytes, Math.min(MAX_BYTES, (byteCount + length) * 2));
    }
    System.arraycopy(s, from, bytes, byteCount, length);
    int slot = longSlot(s, from, length);
    longTable[slot] = (long) byteCount << 32 | length;
    longTable[slot + 1] = value;
    byteCount += length;
  }

  /** Appends the ids of a value returned by a search. */
  public void copy(long value, IdBuffer out) {
    int count = (int) (value >>> 32);
    if (count == 1) {
      out.add((int) value);
    } else {
      out.add(ids, (int) value, (int) value + count);
    }
  }

  private long store(IdBuffer out, int start) {
    int count = out.size() - start;
    if (count == 1) {
      return 1L << 32 | out.get(start);
    }
    if (idCount + count > MAX_IDS) {
      clear();
    }
    if (idCount + count > ids.length) {
      ids = Arrays.copyOf(ids, Math.min(MAX_IDS, (idCount + count) * 2));
    }
    System.arraycopy(out.array(), start, ids, idCount, count);
    long value = (long) count << 32 | idCount;
    idCount += count;
    return value;
  }

  private void clear() {
    Arrays.fill(table, 0);
    Arrays.fill(longTable, 0);
    idCount = 0;
    byteCount = 0;
  }

  private static int slot(long low, long high) {
    long hash = (low ^ Long.rotateLeft(high * 0x9E3779B97F4A7C15L, 29)) * 0xD6E8FEB86659FD93L;
    return (int) (hash >>> (64 - SHORT_BITS)) * STRIDE;
  }

  private static int longSlot(byte[] s, int from, int length) {
    long hash = length;
    for (int i = 0; i < length - 8; i += 8) {
      hash = (hash ^ (long) LONG.get(s, from + i)) * 0xD6E8FEB86659FD93L;
      hash ^= hash >>> 32;
    }
    hash = (hash ^ (long) LONG.get(s, from + length - 8)) * 0xD6E8FEB86659FD93L;
    return (int) (hash >>> (64 - LONG_BITS)) * 2;
  }
}
