package dev.rapt.kernel.vector.attention;

import static dev.rapt.kernel.vector.attention.TileProduct.PANEL;
import static dev.rapt.kernel.vector.math.VectorMath.FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;

import dev.rapt.kernel.vector.math.Lanes;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;

/**
 * Copies of vectors of n f32 between memory and tiles. A tile is dense, or packed in panels with
 * element e at (e / PANEL) panelStride + e % PANEL. Memory is addressed in elements.
 */
final class TileCopy {
  private TileCopy() {}

  private static final ByteOrder NATIVE = ByteOrder.nativeOrder();
  private static final int LANES = FLOAT.length();

  /** tile[first + e] = x[index + e]. */
  static void load(float[] tile, int first, MemorySegment x, long index, int n) {
    int e = 0;
    for (int bound = FLOAT.loopBound(n); e < bound; e += LANES) {
      FloatVector.fromMemorySegment(FLOAT, x, 4 * (index + e), NATIVE).intoArray(tile, first + e);
    }
    for (; e < n; e++) {
      tile[first + e] = x.getAtIndex(JAVA_FLOAT_UNALIGNED, index + e);
    }
  }

  /** The panels' row at first = factor x[index + e], zeros up to the end of the last panel. */
  static void loadPanels(
      float[] tile, int first, int panelStride, MemorySegment x, long index, int n, float factor) {
    int e = 0;
    for (int bound = FLOAT.loopBound(n); e < bound; e += LANES) {
      FloatVector.fromMemorySegment(FLOAT, x, 4 * (index + e), NATIVE)
          .mul(factor)
          .intoArray(tile, first + e / PANEL * panelStride + e % PANEL);
    }
    if (e % PANEL != 0 || e < n) {
      int to = first + e / PANEL * panelStride;
      Arrays.fill(tile, to + e % PANEL, to + PANEL, 0);
      for (; e < n; e++) {
        tile[to + e % PANEL] = factor * x.getAtIndex(JAVA_FLOAT_UNALIGNED, index + e);
      }
    }
  }

  /** x[index + e] = factor times the panels' row at first. */
  static void storePanels(
      MemorySegment x, long index, float[] tile, int first, int panelStride, int n, float factor) {
    int e = 0;
    for (int bound = FLOAT.loopBound(n); e < bound; e += LANES) {
      FloatVector.fromArray(FLOAT, tile, first + e / PANEL * panelStride + e % PANEL)
          .mul(factor)
          .intoMemorySegment(x, 4 * (index + e), NATIVE);
    }
    for (; e < n; e++) {
      float value = factor * tile[first + e / PANEL * panelStride + e % PANEL];
      x.setAtIndex(JAVA_FLOAT_UNALIGNED, index + e, value);
    }
  }

  /** x[index + e] = 0; for few elements this takes a tenth of the time of filling a slice. */
  static void clear(MemorySegment x, long index, int n) {
    int e = 0;
    for (int bound = FLOAT.loopBound(n); e < bound; e += LANES) {
      FloatVector.zero(FLOAT).intoMemorySegment(x, 4 * (index + e), NATIVE);
    }
    for (; e < n; e++) {
      x.setAtIndex(JAVA_FLOAT_UNALIGNED, index + e, 0);
    }
  }

  /** x[index + e] += tile[first + e]. */
  static void add(MemorySegment x, long index, float[] tile, int first, int n) {
    int e = 0;
    for (int bound = FLOAT.loopBound(n); e < bound; e += LANES) {
      FloatVector.fromArray(FLOAT, tile, first + e)
          .add(FloatVector.fromMemorySegment(FLOAT, x, 4 * (index + e), NATIVE))
          .intoMemorySegment(x, 4 * (index + e), NATIVE);
    }
    for (; e < n; e++) {
      float sum = x.getAtIndex(JAVA_FLOAT_UNALIGNED, index + e) + tile[first + e];
      x.setAtIndex(JAVA_FLOAT_UNALIGNED, index + e, sum);
    }
  }

  /** Dot product, the sum of x[first + e] y[e]. */
  static float dot(float[] x, int first, float[] y, int n) {
    FloatVector sum = FloatVector.zero(FLOAT);
    int e = 0;
    for (int bound = FLOAT.loopBound(n); e < bound; e += LANES) {
      sum = FloatVector.fromArray(FLOAT, x, first + e).fma(FloatVector.fromArray(FLOAT, y, e), sum);
    }
    float total = Lanes.sum(sum);
    for (; e < n; e++) {
      total += x[first + e] * y[e];
    }
    return total;
  }
}
