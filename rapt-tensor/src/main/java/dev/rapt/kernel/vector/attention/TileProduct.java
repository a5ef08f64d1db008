package dev.rapt.kernel.vector.attention;

import static dev.rapt.kernel.vector.math.VectorMath.FLOAT;

import jdk.incubator.vector.FloatVector;

/**
 * Micro-kernels of attention: products of small f32 tiles that are in the L1 or L2 cache. One
 * factor is read element by element and broadcast; the other is packed in panels of {@link #PANEL}
 * columns, (depth, PANEL) row-major. Register blocking keeps the results in registers over the
 * whole depth.
 *
 * <p>Strides along the depth are constants, since only then does the compiler move the bounds
 * checks out of the loop. The number of rows is the largest for which the compiler keeps the
 * accumulators, two vectors for each row, in 16 registers: 6 rows reach 87 to 92 of the 100 GFLOP/s
 * of a Zen 3 core with 256-bit vectors. With the transposed factor, 6 rows spill (40 GFLOP/s) and 5
 * reach 83 to 90.
 */
final class TileProduct {
  private TileProduct() {}

  private static final int LANES = FLOAT.length();

  /** Columns of a panel. */
  static final int PANEL = 2 * LANES;

  /** Number of rows that {@link #rows} computes. */
  static final int ROWS = 6;

  /** Number of rows of the result that {@link #columns} computes. */
  static final int COLUMNS = 5;

  /** Stride of the transposed factor of {@link #columns}; a multiple of COLUMNS and PANEL. */
  static final int STRIDE = COLUMNS * PANEL;

  /**
   * c[r, :] = sum over k &lt; depth of a[r, k] b[k, :], for r &lt; ROWS.
   *
   * @param a (ROWS, depth) from aFirst, row stride aStride
   * @param b (depth, PANEL) from bFirst
   * @param c (ROWS, PANEL) from cFirst, row stride cStride, written
   */
  static void rows(
      float[] a,
      int aFirst,
      int aStride,
      float[] b,
      int bFirst,
      float[] c,
      int cFirst,
      int cStride,
      int depth) {
    FloatVector c00 = FloatVector.zero(FLOAT), c01 = c00;
    FloatVector c10 = c00, c11 = c00, c20 = c00, c21 = c00;
    FloatVector c30 = c00, c31 = c00, c40 = c00, c41 = c00, c50 = c00, c51 = c00;
    int a0 = aFirst, a1 = a0 + aStride, a2 = a1 + aStride;
    int a3 = a2 + aStride, a4 = a3 + aStride, a5 = a4 + aStride;
    for (int k = 0; k < depth; k++) {
      FloatVector b0 = FloatVector.fromArray(FLOAT, b, bFirst + k * PANEL);
      FloatVector b1 = FloatVector.fromArray(FLOAT, b, bFirst + k * PANEL + LANES);
      FloatVector x0 = FloatVector.broadcast(FLOAT, a[a0 + k]);
      c00 = x0.fma(b0, c00);
      c01 = x0.fma(b1, c01);
      FloatVector x1 = FloatVector.broadcast(FLOAT, a[a1 + k]);
      c10 = x1.fma(b0, c10);
      c11 = x1.fma(b1, c11);
      FloatVector x2 = FloatVector.broadcast(FLOAT, a[a2 + k]);
      c20 = x2.fma(b0, c20);
      c21 = x2.fma(b1, c21);
      FloatVector x3 = FloatVector.broadcast(FLOAT, a[a3 + k]);
      c30 = x3.fma(b0, c30);
      c31 = x3.fma(b1, c31);
      FloatVector x4 = FloatVector.broadcast(FLOAT, a[a4 + k]);
      c40 = x4.fma(b0, c40);
      c41 = x4.fma(b1, c41);
      FloatVector x5 = FloatVector.broadcast(FLOAT, a[a5 + k]);
      c50 = x5.fma(b0, c50);
      c51 = x5.fma(b1, c51);
    }
    int to = cFirst;
    c00.intoArray(c, to);
    c01.intoArray(c, to + LANES);
    to += cStride;
    c10.intoArray(c, to);
    c11.intoArray(c, to + LANES);
    to += cStride;
    c20.intoArray(c, to);
    c21.intoArray(c, to + LANES);
    to += cStride;
    c30.intoArray(c, to);
    c31.intoArray(c, to + LANES);
    to += cStride;
    c40.intoArray(c, to);
    c41.intoArray(c, to + LANES);
    to += cStride;
    c50.intoArray(c, to);
    c51.intoArray(c, to + LANES);
  }

  /**
   * c[r, :] = factors[r] c[r, :] + sum over k &lt; depth of a[k, r] b[k, :], for r &lt; COLUMNS.
   *
   * @param a (depth, COLUMNS) from aFirst, row stride STRIDE
   * @param b (depth, PANEL) from bFirst
   * @param c (COLUMNS, PANEL) from cFirst, dense, updated
   * @param factors (COLUMNS) from factorsFirst
   */
  static void columns(
      float[] a,
      int aFirst,
      float[] b,
      int bFirst,
      float[] c,
      int cFirst,
      float[] factors,
      int factorsFirst,
      int depth) {
    FloatVector c00 = scaled(c, cFirst, factors[factorsFirst]);
    FloatVector c01 = scaled(c, cFirst + LANES, factors[factorsFirst]);
    FloatVector c10 = scaled(c, cFirst + PANEL, factors[factorsFirst + 1]);
    FloatVector c11 = scaled(c, cFirst + PANEL + LANES, factors[factorsFirst + 1]);
    FloatVector c20 = scaled(c, cFirst + 2 * PANEL, factors[factorsFirst + 2]);
    FloatVector c21 = scaled(c, cFirst + 2 * PANEL + LANES, factors[factorsFirst + 2]);
    FloatVector c30 = scaled(c, cFirst + 3 * PANEL, factors[factorsFirst + 3]);
    FloatVector c31 = scaled(c, cFirst + 3 * PANEL + LANES, factors[factorsFirst + 3]);
    FloatVector c40 = scaled(c, cFirst + 4 * PANEL, factors[factorsFirst + 4]);
    FloatVector c41 = scaled(c, cFirst + 4 * PANEL + LANES, factors[factorsFirst + 4]);
    for (int k = 0; k < depth; k++) {
      FloatVector b0 = FloatVector.fromArray(FLOAT, b, bFirst + k * PANEL);
      FloatVector b1 = FloatVector.fromArray(FLOAT, b, bFirst + k * PANEL + LANES);
      FloatVector x0 = FloatVector.broadcast(FLOAT, a[aFirst + k * STRIDE]);
      c00 = x0.fma(b0, c00);
      c01 = x0.fma(b1, c01);
      FloatVector x1 = FloatVector.broadcast(FLOAT, a[aFirst + k * STRIDE + 1]);
      c10 = x1.fma(b0, c10);
      c11 = x1.fma(b1, c11);
      FloatVector x2 = FloatVector.broadcast(FLOAT, a[aFirst + k * STRIDE + 2]);
      c20 = x2.fma(b0, c20);
      c21 = x2.fma(b1, c21);
      FloatVector x3 = FloatVector.broadcast(FLOAT, a[aFirst + k * STRIDE + 3]);
      c30 = x3.fma(b0, c30);
      c31 = x3.fma(b1, c31);
      FloatVector x4 = FloatVector.broadcast(FLOAT, a[aFirst + k * STRIDE + 4]);
      c40 = x4.fma(b0, c40);
      c41 = x4.fma(b1, c41);
    }
    c00.intoArray(c, cFirst);
    c01.intoArray(c, cFirst + LANES);
    c10.intoArray(c, cFirst + PANEL);
    c11.intoArray(c, cFirst + PANEL + LANES);
    c20.intoArray(c, cFirst + 2 * PANEL);
    c21.intoArray(c, cFirst + 2 * PANEL + LANES);
    c30.intoArray(c, cFirst + 3 * PANEL);
    c31.intoArray(c, cFirst + 3 * PANEL + LANES);
    c40.intoArray(c, cFirst + 4 * PANEL);
    c41.intoArray(c, cFirst + 4 * PANEL + LANES);
  }

  private static FloatVector scaled(float[] c, int index, float factor) {
    return FloatVector.fromArray(FLOAT, c, index).mul(factor);
  }
}
