package dev.rapt.kernel.vector.block;

import dev.rapt.kernel.BlockKernel;
import dev.rapt.kernel.Matrix;
import dev.rapt.kernel.Workspace;
import dev.rapt.kernel.block.BlockFormat;
import dev.rapt.kernel.scalar.block.ScalarBlocks;
import dev.rapt.kernel.vector.math.Addresses;
import dev.rapt.kernel.vector.math.VectorMath;
import java.lang.foreign.MemorySegment;

/**
 * Block formats in the Vector API, with vectors of 4, 8 or 16 lanes. The formats of one to three
 * bits whose values are points of a lattice, the ternary ones and NVFP4 are unpacked by scalar
 * loops.
 */
public final class VectorBlocks implements BlockKernel {
  /** Smallest number of values that share a scale, which a vector must not exceed. */
  private static final int MOST_LANES = 16;

  /** Rows that are unpacked at a time, and columns of them that rows of x are multiplied by. */
  private static final long PART_ROWS = RowTile.ROWS, PART_VALUES = 1024;

  /** Rows, and blocks of them, whose scales are taken apart at a time: few enough for L1. */
  private static final int SCALED_ROWS = 2, SCALED_BLOCKS = 16;

  /** Whether there are registers for 16 sums: AVX-512 and NEON have 32, AVX2 has 16. */
  private static final boolean TAKES_FOUR = VectorMath.FLOAT.length() != 8;

  /** Blocks of one call at most: kernels count them in an int. */
  private static final long MOST_BLOCKS = 1 << 20;

  private static final ScalarBlocks SCALAR = new ScalarBlocks();

  /** Creates a kernel without state. */
  public VectorBlocks() {}

  @Override
  public void unpack(BlockFormat format, MemorySegment out, MemorySegment blocks, long numBlocks) {
    if (Codes.LANES > MOST_LANES || !out.isNative() || !blocks.isNative()) {
      SCALAR.unpack(format, out, blocks, numBlocks);
      return;
    }
    long to = Addresses.of(out, Float.BYTES * numBlocks * format.blockValues());
    long from = Addresses.of(blocks, numBlocks * format.blockBytes());
    for (long b = 0; b < numBlocks; b += MOST_BLOCKS) {
      unpack(
          format,
          to + Float.BYTES * b * format.blockValues(),
          from + b * format.blockBytes(),
          (int) Math.min(MOST_BLOCKS, numBlocks - b));
    }
  }

  private static void unpack(BlockFormat format, long out, long blocks, int numBlocks) {
    switch (format) {
      case Q4_0 -> SmallVectors.q4_0(out, blocks, numBlocks);
      case Q4_1 -> SmallVectors.q4_1(out, blocks, numBlocks);
      case Q5_0 -> SmallVectors.q5_0(out, blocks, numBlocks);
      case Q5_1 -> SmallVectors.q5_1(out, blocks, numBlocks);
      case Q8_0 -> SmallVectors.q8_0(out, blocks, numBlocks);
      case Q2_K -> SuperVectors.q2k(out, blocks, numBlocks);
      case Q3_K -> SuperVectors.q3k(out, blocks, numBlocks);
      case Q4_K -> SuperVectors.q4k(out, blocks, numBlocks);
      case Q5_K -> SuperVectors.q5k(out, blocks, numBlocks);
      case Q6_K -> SuperVectors.q6k(out, blocks, numBlocks);
      case IQ4_NL -> TableVectors.iq4nl(out, blocks, numBlocks);
      case IQ4_XS -> TableVectors.iq4xs(out, blocks, numBlocks);
      case MXFP4 -> TableVectors.mxfp4(out, blocks, numBlocks);
      default ->
          SCALAR.unpack(
              format,
              Addresses.segment(out, (long) Float.BYTES * numBlocks * format.blockValues()),
              Addresses.segment(blocks, (long) numBlocks * format.blockBytes()),
              numBlocks);
    }
  }

  @Override
  public void multiply(BlockFormat format, Matrix x, MemorySegment blocks, Matrix out) {
    if (Codes.LANES > MOST_LANES) {
      SCALAR.multiply(format, x, blocks, out);
      return;
    }
    long rowBytes = x.cols() / format.blockValues() * format.blockBytes();
    Addresses.of(blocks, rowBytes * out.cols());
    Addresses.of(
        x.memory(), Float.BYTES * (x.offset() + (x.rows() - 1) * x.rowStride() + x.cols()));
    Addresses.of(
        out.memory(), Float.BYTES * (out.offset() + (x.rows() - 1) * out.rowStride() + out.cols()));
    try (Workspace workspace = Workspace.enter()) {
      if (out.rows() == 1) {
        multiplyOne(format, x, blocks.address(), out, workspace);
      } else {
        multiplyUnpacked(format, x, blocks.address(), out, workspace);
      }
    }
  }

  /** Multiplies one row, for some formats without unpacking to memory. */
  private static void multiplyOne(
      BlockFormat format, Matrix x, long blocks, Matrix out, Workspace workspace) {
    if (!isMultipliedPacked(format)) {
      multiplyUnpacked(format, x, blocks, out, workspace);
      return;
    }
    long from = x.memory().address() + Float.BYTES * x.offset();
    long to = out.memory().address() + Float.BYTES * out.offset();
    int numBlocks = Math.toIntExact(x.cols() / format.blockValues());
    long rowBytes = (long) numBlocks * format.blockBytes();
    if (format == BlockFormat.Q4_K || format == BlockFormat.Q6_K) {
      multiplySuper(format, from, numBlocks, blocks, to, out.cols(), workspace);
      return;
    }
    for (long n = 0; n < out.cols(); n++) {
      long row = blocks + n * rowBytes;
      float dot =
          format == BlockFormat.Q4_0
              ? BlockDots.q4_0(from, row, numBlocks)
              : BlockDots.q8_0(from, row, numBlocks);
      Addresses.set(to + Float.BYTES * n, dot);
    }
  }

  /** Multiplies one row by parts of two rows of super-blocks: first their scales, then codes. */
  private static void multiplySuper(
      BlockFormat format,
      long x,
      int numBlocks,
      long blocks,
      long out,
      long count,
      Workspace workspace) {
    int subs = format == BlockFormat.Q4_K ? 8 : 16;
    long rowBytes = (long) numBlocks * format.blockBytes();
    long sums = sums(x, (long) subs * numBlocks, format.blockValues() / subs, workspace);
    long scales = workspace.take((long) Float.BYTES * subs * SCALED_BLOCKS + 16).address();
    for (long n = 0; n < count; n += SCALED_ROWS) {
      int rows = (int) Math.min(SCALED_ROWS, count - n);
      long to = out + Float.BYTES * n;
      for (int r = 0; r < rows; r++) {
        Addresses.set(to + Float.BYTES * r, 0f);
      }
      for (int k = 0; k < numBlocks; k += SCALED_BLOCKS / SCALED_ROWS) {
        int length = Math.min(SCALED_BLOCKS / SCALED_ROWS, numBlocks - k);
        long w = blocks + n * rowBytes + (long) k * format.blockBytes();
        long columns = x + (long) Float.BYTES * format.blockValues() * k;
        long columnSums = sums + (long) Float.BYTES * subs * k;
        if (format == BlockFormat.Q4_K) {
          SuperScales.q4k(scales, to, columnSums, w, rowBytes, rows, length);
          BlockDots.q4k(columns, scales, w, rowBytes, rows, length, to);
        } else {
          SuperScales.q6k(scales, to, columnSums, w, rowBytes, rows, length);
          BlockDots.q6k(columns, scales, w, rowBytes, rows, length, to);
        }
      }
    }
  }

  private static boolean isMultipliedPacked(BlockFormat format) {
    return switch (format) {
      case Q4_0, Q8_0, Q4_K, Q6_K -> true;
      default -> false;
    };
  }

  /** Returns the address of the sums of each {@code length} elements of x. */
  private static long sums(long x, long count, int length, Workspace workspace) {
    long sums = workspace.take(Float.BYTES * count).address();
    for (long i = 0; i < count; i++) {
      float sum = 0;
      for (int k = 0; k < length; k++) {
        sum += Addresses.get(x + Float.BYTES * (length * i + k));
      }
      Addresses.set(sums + Float.BYTES * i, sum);
    }
    return sums;
  }

  /**
   * Unpacks four rows of W at a time, one after the other so that memory is read in order, and
   * multiplies all rows of x by parts of them.
   */
  private static void multiplyUnpacked(
      BlockFormat format, Matrix x, long blocks, Matrix out, Workspace workspace) {
    // not a power of two from row to row, which would map to few cache sets
    long stride = Float.BYTES * (x.cols() + 16);
    long part = workspace.take(PART_ROWS * stride).address();
    long lanes = workspace.take(4 * PART_ROWS * RowTile.STEP).address();
    long from = x.memory().address() + Float.BYTES * x.offset();
    MemorySegment sums = workspace.take(Float.BYTES * PART_ROWS * x.rows());
    int numBlocks = Math.toIntExact(x.cols() / format.blockValues());
    long rowBytes = (long) numBlocks * format.blockBytes();
    for (long n = 0; n < out.cols(); n += PART_ROWS) {
      long count = Math.min(PART_ROWS, out.cols() - n);
      for (long r = 0; r < count; r++) {
        unpack(format, part + stride * r, blocks + (n + r) * rowBytes, numBlocks);
      }
      sums.fill((byte) 0);
      for (long k = 0; k < x.cols(); k += PART_VALUES) {
        int length = (int) Math.min(PART_VALUES, x.cols() - k);
        long column = Float.BYTES * k;
        addProducts(x, from + column, length, part + column, stride, lanes, sums.address());
      }
      for (long m = 0; m < out.rows(); m++) {
        long to = Float.BYTES * (out.offset() + m * out.rowStride() + n);
        MemorySegment.copy(
            sums, Float.BYTES * PART_ROWS * m, out.memory(), to, Float.BYTES * count);
      }
    }
  }

  /** Adds the products of some columns of all rows of x with those of four rows of weights. */
  private static void addProducts(
      Matrix x, long column, int length, long part, long stride, long lanes, long sums) {
    long rowStride = Float.BYTES * x.rowStride();
    long m = 0;
    for (; TAKES_FOUR && m < x.rows() - 3; m += 4) {
      RowTile.multiplyFour(column + m * rowStride, rowStride, length, part, stride, lanes);
      RowTile.addLanes(lanes, 4 * PART_ROWS, sums + Float.BYTES * PART_ROWS * m);
    }
    for (; m < x.rows() - 1; m += 2) {
      long row = column + m * rowStride;
      RowTile.multiplyTwo(row, row + rowStride, length, part, stride, lanes);
      RowTile.addLanes(lanes, 2 * PART_ROWS, sums + Float.BYTES * PART_ROWS * m);
    }
    if (m < x.rows()) {
      RowTile.multiplyOne(column + m * rowStride, length, part, stride, lanes);
      RowTile.addLanes(lanes, PART_ROWS, sums + Float.BYTES * PART_ROWS * m);
    }
  }
}
