package dev.rapt.kernel.vector.product;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Micro-kernel of {@link VectorMatmul}: computes a tile of c of 4 rows and 2 vectors of columns,
 * whose 8 accumulators stay in registers. Eight are just enough to hide the latency of a fused
 * multiply-add (4 cycles, 2 a cycle). Measured on AMD Zen 3, GFLOP/s of one core: 4 x 2 vectors 98,
 * 3 x 3 94, 2 x 4 96, 5 x 2 37, 6 x 2 45. With more accumulators the compiler, which loads all
 * values of a ahead of their use, spills one to the stack.
 */
final class VectorTile {
  static final int ROWS = 4;

  private static final VectorSpecies<Float> FLOAT = FloatVector.SPECIES_PREFERRED;
  private static final int LANES = FLOAT.length();
  private static final ByteOrder NATIVE = ByteOrder.nativeOrder();

  static final int COLS = 2 * LANES;

  private VectorTile() {}

  static int bits() {
    return FLOAT.vectorBitSize();
  }

  /**
   * tile (4, COLS) = sum over k of a[k, :] b[k, :].
   *
   * @param a packed: 4 values for each k
   * @param b packed: COLS values for each k
   * @implNote The accumulators are stored to an array and from there to c: the bounds checks of
   *     eight accesses to a memory segment would make the method too large for the compiler to keep
   *     its vectors in registers.
   */
  static void multiply(float[] a, int aFrom, float[] b, int bFrom, int numInner, float[] tile) {
    FloatVector c00 = FloatVector.zero(FLOAT);
    FloatVector c01 = c00;
    FloatVector c10 = c00;
    FloatVector c11 = c00;
    FloatVector c20 = c00;
    FloatVector c21 = c00;
    FloatVector c30 = c00;
    FloatVector c31 = c00;
    for (int k = 0; k < numInner; k++) {
      FloatVector b0 = FloatVector.fromArray(FLOAT, b, bFrom + k * COLS);
      FloatVector b1 = FloatVector.fromArray(FLOAT, b, bFrom + k * COLS + LANES);
      int p = aFrom + k * ROWS;
      FloatVector x = FloatVector.broadcast(FLOAT, a[p]);
      c00 = x.fma(b0, c00);
      c01 = x.fma(b1, c01);
      x = FloatVector.broadcast(FLOAT, a[p + 1]);
      c10 = x.fma(b0, c10);
      c11 = x.fma(b1, c11);
      x = FloatVector.broadcast(FLOAT, a[p + 2]);
      c20 = x.fma(b0, c20);
      c21 = x.fma(b1, c21);
      x = FloatVector.broadcast(FLOAT, a[p + 3]);
      c30 = x.fma(b0, c30);
      c31 = x.fma(b1, c31);
    }
    c00.intoArray(tile, 0);
    c01.intoArray(tile, LANES);
    c10.intoArray(tile, COLS);
    c11.intoArray(tile, COLS + LANES);
    c20.intoArray(tile, 2 * COLS);
    c21.intoArray(tile, 2 * COLS + LANES);
    c30.intoArray(tile, 3 * COLS);
    c31.intoArray(tile, 3 * COLS + LANES);
  }

  /** Writes n values of a row of the tile to out at a byte offset, or adds them. */
  static void writeRow(float[] tile, int row, MemorySegment out, long at, int n, boolean adds) {
    int from = row * COLS;
    if (n == COLS) {
      FloatVector c0 = FloatVector.fromArray(FLOAT, tile, from);
      FloatVector c1 = FloatVector.fromArray(FLOAT, tile, from + LANES);
      if (adds) {
        c0 = c0.add(FloatVector.fromMemorySegment(FLOAT, out, at, NATIVE));
        c1 = c1.add(FloatVector.fromMemorySegment(FLOAT, out, at + 4L * LANES, NATIVE));
      }
      c0.intoMemorySegment(out, at, NATIVE);
      c1.intoMemorySegment(out, at + 4L * LANES, NATIVE);
      return;
    }
    for (int i = 0; i < n; i++) {
      float before = adds ? out.get(JAVA_FLOAT_UNALIGNED, at + 4L * i) : 0;
      out.set(JAVA_FLOAT_UNALIGNED, at + 4L * i, before + tile[from + i]);
    }
  }

  /** out[at + i] += x[from + i] for n values; offsets in bytes. */
  static void addRow(MemorySegment out, long at, MemorySegment x, long from, int n) {
    int i = 0;
    for (int bound = FLOAT.loopBound(n); i < bound; i += LANES) {
      FloatVector.fromMemorySegment(FLOAT, out, at + 4L * i, NATIVE)
          .add(FloatVector.fromMemorySegment(FLOAT, x, from + 4L * i, NATIVE))
          .intoMemorySegment(out, at + 4L * i, NATIVE);
    }
    for (; i < n; i++) {
      out.set(
          JAVA_FLOAT_UNALIGNED,
          at + 4L * i,
          out.get(JAVA_FLOAT_UNALIGNED, at + 4L * i) + x.get(JAVA_FLOAT_UNALIGNED, from + 4L * i));
    }
  }
}
