package dev.rapt.kernel.vector;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Transposition in blocks of 8 bytes squared that are turned inside 64-bit registers, walked in
 * tiles that stay in the first-level cache.
 */
final class BlockTranspose {
  /** Rows and columns of a tile: a cache line of each row of either matrix. */
  private static final int TILE_INTS = 16;

  private static final int TILE_SHORTS = 32;

  private static final ValueLayout.OfLong WORD = JAVA_LONG.withByteAlignment(1);
  private static final ValueLayout.OfInt INT = JAVA_INT.withByteAlignment(1);
  private static final ValueLayout.OfShort SHORT = JAVA_SHORT.withByteAlignment(1);

  private static final long LOW_INT = 0xffffffffL;
  private static final long LOW_SHORTS = 0x0000ffff0000ffffL;

  private BlockTranspose() {}

  /** Transposes x (rows, cols) of 4-byte elements into out (cols, rows). */
  static void ints(MemorySegment out, MemorySegment x, long rows, long cols) {
    for (long r = 0; r < rows; r += TILE_INTS) {
      long rowEnd = Math.min(rows, r + TILE_INTS);
      for (long c = 0; c < cols; c += TILE_INTS) {
        intTile(out, x, rows, cols, r, rowEnd, c, Math.min(cols, c + TILE_INTS));
      }
    }
  }

  private static void intTile(
      MemorySegment out,
      MemorySegment x,
      long rows,
      long cols,
      long rowFrom,
      long rowTo,
      long colFrom,
      long colTo) {
    long rowBound = rowTo - ((rowTo - rowFrom) & 1);
    long colBound = colTo - ((colTo - colFrom) & 1);
    for (long c = colFrom; c < colBound; c += 2) {
      for (long r = rowFrom; r < rowBound; r += 2) {
        long a = x.get(WORD, 4 * (r * cols + c));
        long b = x.get(WORD, 4 * ((r + 1) * cols + c));
        out.set(WORD, 4 * (c * rows + r), (a & LOW_INT) | (b << 32));
        out.set(WORD, 4 * ((c + 1) * rows + r), (a >>> 32) | (b & ~LOW_INT));
      }
    }
    for (long r = rowFrom; r < rowTo; r++) {
      for (long c = r < rowBound ? colBound : colFrom; c < colTo; c++) {
        out.set(INT, 4 * (c * rows + r), x.get(INT, 4 * (r * cols + c)));
      }
    }
  }

  /** Transposes x (rows, cols) of 2-byte elements into out (cols, rows). */
  static void shorts(MemorySegment out, MemorySegment x, long rows, long cols) {
    for (long r = 0; r < rows; r += TILE_SHORTS) {
      long rowEnd = Math.min(rows, r + TILE_SHORTS);
      for (long c = 0; c < cols; c += TILE_SHORTS) {
        shortTile(out, x, rows, cols, r, rowEnd, c, Math.min(cols, c + TILE_SHORTS));
      }
    }
  }

  private static void shortTile(
      MemorySegment out,
      MemorySegment x,
      long rows,
      long cols,
      long rowFrom,
      long rowTo,
      long colFrom,
      long colTo) {
    long rowBound = rowTo - ((rowTo - rowFrom) & 3);
    long colBound = colTo - ((colTo - colFrom) & 3);
    for (long c = colFrom; c < colBound; c += 4) {
      for (long r = rowFrom; r < rowBound; r += 4) {
        long from = 2 * (r * cols + c);
        long a = x.get(WORD, from);
        long b = x.get(WORD, from + 2 * cols);
        long d = x.get(WORD, from + 4 * cols);
        long e = x.get(WORD, from + 6 * cols);
        // a0 b0 a2 b2 and a1 b1 a3 b3, likewise of the other two rows; then their halves
        long ab0 = (a & LOW_SHORTS) | ((b & LOW_SHORTS) << 16);
        long ab1 = ((a >>> 16) & LOW_SHORTS) | (b & ~LOW_SHORTS);
        long de0 = (d & LOW_SHORTS) | ((e & LOW_SHORTS) << 16);
        long de1 = ((d >>> 16) & LOW_SHORTS) | (e & ~LOW_SHORTS);
        long to = 2 * (c * rows + r);
        out.set(WORD, to, (ab0 & LOW_INT) | (de0 << 32));
        out.set(WORD, to + 2 * rows, (ab1 & LOW_INT) | (de1 << 32));
        out.set(WORD, to + 4 * rows, (ab0 >>> 32) | (de0 & ~LOW_INT));
        out.set(WORD, to + 6 * rows, (ab1 >>> 32) | (de1 & ~LOW_INT));
      }
    }
    for (long r = rowFrom; r < rowTo; r++) {
      for (long c = r < rowBound ? colBound : colFrom; c < colTo; c++) {
        out.set(SHORT, 2 * (c * rows + r), x.get(SHORT, 2 * (r * cols + c)));
      }
    }
  }
}
