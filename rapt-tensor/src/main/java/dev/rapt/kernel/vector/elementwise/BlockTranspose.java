package dev.rapt.kernel.vector.elementwise;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Blocked transposition: small blocks whose rows have 8 bytes are transposed in 64-bit registers.
 * Blocks are processed in bands of rows, so each cache line of a band is used for all of its
 * columns.
 */
final class BlockTranspose {
  /**
   * Rows of a band: few enough for its cache lines to stay in the L2 cache, and enough for long
   * inner loops.
   */
  private static final int BAND = 256;

  private static final ValueLayout.OfLong WORD = JAVA_LONG.withByteAlignment(1);
  private static final ValueLayout.OfInt INT = JAVA_INT.withByteAlignment(1);
  private static final ValueLayout.OfShort SHORT = JAVA_SHORT.withByteAlignment(1);

  private static final long LOW_INT = 0xffffffffL;
  private static final long LOW_SHORTS = 0x0000ffff0000ffffL;

  private BlockTranspose() {}

  /** Transposes x (rows, cols) of 4-byte elements into out (cols, rows). */
  static void ints(MemorySegment out, MemorySegment x, long rows, long cols) {
    long rowBound = rows - rows % 2;
    long colBound = cols - cols % 2;
    for (long r = 0; r < rowBound; r += BAND) {
      int blocks = (int) (Math.min(rowBound - r, BAND) / 2);
      for (long c = 0; c < colBound; c += 2) {
        intColumns(out, 4 * (c * rows + r), 4 * rows, x, 4 * (r * cols + c), 4 * cols, blocks);
      }
    }
    for (long r = 0; r < rows; r++) {
      for (long c = r < rowBound ? colBound : 0; c < cols; c++) {
        out.set(INT, 4 * (c * rows + r), x.get(INT, 4 * (r * cols + c)));
      }
    }
  }

  /** Transposes two columns of x, over this many pairs of rows, to two rows of out. */
  private static void intColumns(
      MemorySegment out,
      long to,
      long outStride,
      MemorySegment x,
      long from,
      long stride,
      int blocks) {
    for (int i = 0; i < blocks; i++) {
      long a = x.get(WORD, from);
      long b = x.get(WORD, from + stride);
      out.set(WORD, to, (a & LOW_INT) | (b << 32));
      out.set(WORD, to + outStride, (a >>> 32) | (b & ~LOW_INT));
      from += 2 * stride;
      to += 8;
    }
  }

  /** Transposes x (rows, cols) of 2-byte elements into out (cols, rows). */
  static void shorts(MemorySegment out, MemorySegment x, long rows, long cols) {
    long rowBound = rows - rows % 4;
    long colBound = cols - cols % 4;
    for (long r = 0; r < rowBound; r += BAND) {
      int blocks = (int) (Math.min(rowBound - r, BAND) / 4);
      for (long c = 0; c < colBound; c += 4) {
        shortColumns(out, 2 * (c * rows + r), 2 * rows, x, 2 * (r * cols + c), 2 * cols, blocks);
      }
    }
    for (long r = 0; r < rows; r++) {
      for (long c = r < rowBound ? colBound : 0; c < cols; c++) {
        out.set(SHORT, 2 * (c * rows + r), x.get(SHORT, 2 * (r * cols + c)));
      }
    }
  }

  /** Transposes four columns of x, over this many groups of four rows, to four rows of out. */
  private static void shortColumns(
      MemorySegment out,
      long to,
      long outStride,
      MemorySegment x,
      long from,
      long stride,
      int blocks) {
    for (int i = 0; i < blocks; i++) {
      long a = x.get(WORD, from);
      long b = x.get(WORD, from + stride);
      long d = x.get(WORD, from + 2 * stride);
      long e = x.get(WORD, from + 3 * stride);
      // a0 b0 a2 b2 and a1 b1 a3 b3, likewise of the other two rows; then their halves
      long ab0 = (a & LOW_SHORTS) | ((b & LOW_SHORTS) << 16);
      long ab1 = ((a >>> 16) & LOW_SHORTS) | (b & ~LOW_SHORTS);
      long de0 = (d & LOW_SHORTS) | ((e & LOW_SHORTS) << 16);
      long de1 = ((d >>> 16) & LOW_SHORTS) | (e & ~LOW_SHORTS);
      out.set(WORD, to, (ab0 & LOW_INT) | (de0 << 32));
      out.set(WORD, to + outStride, (ab1 & LOW_INT) | (de1 << 32));
      out.set(WORD, to + 2 * outStride, (ab0 >>> 32) | (de0 & ~LOW_INT));
      out.set(WORD, to + 3 * outStride, (ab1 >>> 32) | (de1 & ~LOW_INT));
      from += 4 * stride;
      to += 8;
    }
  }
}
