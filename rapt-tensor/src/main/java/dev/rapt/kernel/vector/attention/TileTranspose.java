package dev.rapt.kernel.vector.attention;

import static dev.rapt.kernel.vector.attention.TileProduct.PANEL;
import static dev.rapt.kernel.vector.math.VectorMath.FLOAT;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorShuffle;

/**
 * Transposition of tiles into panels in blocks of LANES x LANES: halves of 2 x 2 blocks are
 * exchanged, then quarters, and so on down to single elements.
 */
final class TileTranspose {
  private static final int LANES = FLOAT.length();

  private TileTranspose() {}

  // static final, since the compiler turns only constant shuffles into one instruction
  private static final VectorShuffle<Float> UP_8 = rotation(8), DOWN_8 = rotation(-8);
  private static final VectorShuffle<Float> UP_4 = rotation(4), DOWN_4 = rotation(-4);
  private static final VectorShuffle<Float> UP_2 = rotation(2), DOWN_2 = rotation(-2);
  private static final VectorShuffle<Float> UP_1 = rotation(1), DOWN_1 = rotation(-1);
  private static final VectorMask<Float> HIGH_8 = high(8), HIGH_4 = high(4);
  private static final VectorMask<Float> HIGH_2 = high(2), HIGH_1 = high(1);

  /** Shuffle that rotates lane i to lane i + distance. */
  private static VectorShuffle<Float> rotation(int distance) {
    return VectorShuffle.fromOp(FLOAT, i -> Math.floorMod(i - distance, LANES));
  }

  /** Mask of the upper half of every 2 * distance lanes. */
  private static VectorMask<Float> high(int distance) {
    long bits = 0;
    for (int i = 0; i < LANES; i++) {
      bits |= (i & distance) != 0 ? 1L << i : 0;
    }
    return VectorMask.fromLong(FLOAT, bits);
  }

  /**
   * Transposes a panel of rows: panel[e PANEL + n] = factor rows[n stride + e], for n &lt; PANEL
   * and e &lt; width.
   *
   * @param rows (PANEL, stride), stride a multiple of LANES and not less than width; overwritten
   * @param panel (width, PANEL) from first
   */
  static void panel(float[] panel, int first, float[] rows, int stride, int width, float factor) {
    for (int e = 0; e < width; e += LANES) {
      int count = Math.min(LANES, width - e);
      for (int n = 0; n < PANEL; n += LANES) {
        int block = n * stride + e;
        if (LANES >= 16) {
          exchange(rows, block, stride, 8, UP_8, DOWN_8, HIGH_8);
        }
        if (LANES >= 8) {
          exchange(rows, block, stride, 4, UP_4, DOWN_4, HIGH_4);
        }
        if (LANES >= 4) {
          exchange(rows, block, stride, 2, UP_2, DOWN_2, HIGH_2);
        }
        if (LANES >= 2) {
          exchange(rows, block, stride, 1, UP_1, DOWN_1, HIGH_1);
        }
        for (int i = 0; i < count; i++) {
          FloatVector.fromArray(FLOAT, rows, block + i * stride)
              .mul(factor)
              .intoArray(panel, first + (e + i) * PANEL + n);
        }
      }
    }
  }

  /** Exchanges the upper lanes of row i with the lower ones of row i + distance. */
  private static void exchange(
      float[] rows,
      int block,
      int stride,
      int distance,
      VectorShuffle<Float> up,
      VectorShuffle<Float> down,
      VectorMask<Float> high) {
    for (int i = 0; i < LANES; i += 2 * distance) {
      for (int k = i; k < i + distance; k++) {
        int at = block + k * stride, to = at + distance * stride;
        FloatVector a = FloatVector.fromArray(FLOAT, rows, at);
        FloatVector b = FloatVector.fromArray(FLOAT, rows, to);
        a.blend(b.rearrange(up), high).intoArray(rows, at);
        a.rearrange(down).blend(b, high).intoArray(rows, to);
      }
    }
  }
}
