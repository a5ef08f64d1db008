package dev.rapt.kernel.vector.product;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import dev.rapt.kernel.Matrix;
import dev.rapt.tensor.DType;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.Vector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * Packing of operands: copies a block into the order in which the micro-kernel {@link VectorTile}
 * reads it. A panel has a few rows and stores their values next to each other for each inner index.
 * Missing rows of the last panel are zero. bf16 is converted to f32.
 */
final class VectorPacking {
  private static final VectorSpecies<Float> FLOAT = FloatVector.SPECIES_PREFERRED;
  private static final VectorSpecies<Integer> INT = IntVector.SPECIES_PREFERRED;
  private static final int LANES = FLOAT.length();
  private static final VectorSpecies<Short> HALF =
      VectorSpecies.of(
          short.class, VectorShape.forBitSize(Math.max(64, FLOAT.vectorBitSize() / 2)));
  private static final ByteOrder NATIVE = ByteOrder.nativeOrder();

  /** Number of rows that are transposed at a time. */
  private static final int STAGED_ROWS = 64;

  private VectorPacking() {}

  /** Returns the size of the staging array for blocks of at most these sizes. */
  static int stagingSize(int maxInner, int maxRows) {
    return Math.max(STAGED_ROWS * maxInner, maxRows);
  }

  /**
   * Packs rows [row, row + numRows) and columns [k, k + numInner) of x.
   *
   * @param x logical rows are those of the panels; either order
   * @param width rows of a panel
   * @param out written from the start
   */
  static void pack(
      Matrix x,
      long row,
      int numRows,
      long k,
      int numInner,
      int width,
      float[] out,
      float[] staging) {
    if (x.colStride() == 1) {
      packRows(x, row, numRows, k, numInner, width, out, staging);
    } else {
      packColumns(x, row, numRows, k, numInner, width, out, staging);
    }
  }

  /** Packs a matrix whose rows are contiguous in memory: every panel is transposed. */
  private static void packRows(
      Matrix x,
      long row,
      int numRows,
      long k,
      int numInner,
      int width,
      float[] out,
      float[] staging) {
    for (int r = 0; r < numRows; r += width) {
      int count = Math.min(width, numRows - r);
      for (int i = 0; i < count; i++) {
        long from = x.offset() + (row + r + i) * x.rowStride() + k;
        read(x, from, staging, i * numInner, numInner);
      }
      if (count < width) {
        Arrays.fill(staging, count * numInner, width * numInner, 0);
      }
      interleave(staging, numInner, width, out, r * numInner);
    }
  }

  /** out[k, 0..width-1] = x[0..width-1, k], four rows at a time. */
  private static void interleave(float[] x, int numInner, int width, float[] out, int to) {
    for (int i = 0; i < width; i += 4) {
      int from = i * numInner;
      for (int k = 0; k < numInner; k++) {
        int p = to + k * width + i;
        out[p] = x[from + k];
        out[p + 1] = x[from + numInner + k];
        out[p + 2] = x[from + 2 * numInner + k];
        out[p + 3] = x[from + 3 * numInner + k];
      }
    }
  }

  /** Packs a matrix whose columns are contiguous in memory, as in a panel. */
  private static void packColumns(
      Matrix x,
      long row,
      int numRows,
      long k,
      int numInner,
      int width,
      float[] out,
      float[] staging) {
    int panel = width * numInner;
    for (int i = 0; i < numInner; i++) {
      read(x, x.offset() + row + (k + i) * x.colStride(), staging, 0, numRows);
      int to = i * width;
      int r = 0;
      if (width == VectorTile.ROWS) {
        for (; r + VectorTile.ROWS <= numRows; r += VectorTile.ROWS, to += panel) {
          out[to] = staging[r];
          out[to + 1] = staging[r + 1];
          out[to + 2] = staging[r + 2];
          out[to + 3] = staging[r + 3];
        }
      } else {
        for (; r + width <= numRows; r += width, to += panel) {
          FloatVector.fromArray(FLOAT, staging, r).intoArray(out, to);
          FloatVector.fromArray(FLOAT, staging, r + LANES).intoArray(out, to + LANES);
        }
      }
      if (r < numRows) {
        System.arraycopy(staging, r, out, to, numRows - r);
        Arrays.fill(out, to + numRows - r, to + width, 0);
      }
    }
  }

  /** Reads n contiguous values from this index on, as f32. */
  private static void read(Matrix x, long index, float[] out, int to, int n) {
    if (x.dtype() == DType.F32) {
      readFloats(x.memory(), index, out, to, n);
    } else {
      widen(x.memory(), index, out, to, n);
    }
  }

  private static void readFloats(MemorySegment x, long index, float[] out, int to, int n) {
    int i = 0;
    for (int bound = FLOAT.loopBound(n); i < bound; i += LANES) {
      FloatVector.fromMemorySegment(FLOAT, x, 4 * (index + i), NATIVE).intoArray(out, to + i);
    }
    for (; i < n; i++) {
      out[to + i] = x.get(JAVA_FLOAT_UNALIGNED, 4 * (index + i));
    }
  }

  private static void widen(MemorySegment x, long index, float[] out, int to, int n) {
    int i = 0;
    for (int bound = FLOAT.loopBound(n); i < bound; i += LANES) {
      widen(ShortVector.fromMemorySegment(HALF, x, 2 * (index + i), NATIVE)).intoArray(out, to + i);
    }
    for (; i < n; i++) {
      out[to + i] = Float.intBitsToFloat(x.get(JAVA_SHORT_UNALIGNED, 2 * (index + i)) << 16);
    }
  }

  /** Converts bf16, the upper half of an f32, to f32. */
  static FloatVector widen(Vector<Short> half) {
    return ((IntVector) half.convertShape(VectorOperators.S2I, INT, 0))
        .lanewise(VectorOperators.LSHL, 16)
        .reinterpretAsFloats();
  }
}
