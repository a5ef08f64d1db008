package dev.rapt.quant.ggml;

import dev.rapt.kernel.block.BlockFormat;

/**
 * Quantisers of the K-quants, the inverse of {@link SuperBlocks}. Results are those of {@code
 * quantize_row_q2_K_ref} to {@code quantize_row_q6_K_ref} in ggml-quants.c of
 * github.com/ggml-org/llama.cpp, without an importance matrix.
 */
final class SuperPackers {
  private static final int VALUES = BlockFormat.Q4_K.blockValues();
  private static final ScaleSearch.Trials TWO_BITS = new ScaleSearch.Trials(-0.5f, 0.1f, 15, true);
  private static final ScaleSearch.Trials FOUR_BITS = new ScaleSearch.Trials(-1f, 0.1f, 20, false);
  private static final ScaleSearch.Trials FIVE_BITS =
      new ScaleSearch.Trials(-0.5f, 0.1f, 15, false);

  private SuperPackers() {}

  /** Sub-blocks with a scale and a minimum each. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Ranges(float[] scales, float[] mins) {
    static Ranges fit(float[] x, int size, int max, ScaleSearch.Trials trials, int[] q) {
      int count = VALUES / size;
      Ranges ranges = new Ranges(new float[count], new float[count]);
      float[] weights = new float[size];
      for (int sub = 0; sub < count; sub++) {
        weigh(x, sub * size, weights);
        ScaleSearch.Range range = ScaleSearch.range(x, sub * size, weights, max, trials, q);
        ranges.scales[sub] = range.scale();
        ranges.mins[sub] = range.min();
      }
      return ranges;
    }

    /** Weights errors by the magnitudes; in sub-blocks of 32, the root mean square is added. */
    private static void weigh(float[] x, int from, float[] weights) {
      float base = 0;
      if (weights.length == 32) {
        float squares = 0;
        for (int i = 0; i < weights.length; i++) {
          squares += x[from + i] * x[from + i];
        }
        base = (float) Math.sqrt(squares / 32);
      }
      for (int i = 0; i < weights.length; i++) {
        weights[i] = base + Math.abs(x[from + i]);
      }
    }

    static float largest(float[] values) {
      float largest = 0;
      for (float value : values) {
        largest = Math.max(largest, value);
      }
      return largest;
    }
  }

  /** Rounds the values of a sub-block again, for the scale as it is stored. */
  private static void round(
      float[] x, int from, int size, float scale, float min, int low, int high, int[] q) {
    if (scale == 0) {
      return;
    }
    for (int i = from; i < from + size; i++) {
      q[i] = Math.clamp(ScaleSearch.nearest((x[i] + min) / scale), low, high) - low;
    }
  }

  static void q2k(float[] x, BlockWriter out) {
    int[] q = new int[VALUES];
    Ranges ranges = Ranges.fit(x, 16, 3, TWO_BITS, q);
    float maxScale = Ranges.largest(ranges.scales());
    float maxMin = Ranges.largest(ranges.mins());
    float scale = out.half(80, maxScale > 0 ? maxScale / 15 : 0);
    float minScale = out.half(82, maxMin > 0 ? maxMin / 15 : 0);
    for (int sub = 0; sub < 16; sub++) {
      int s = maxScale > 0 ? ScaleSearch.nearest(15 / maxScale * ranges.scales()[sub]) : 0;
      int m = maxMin > 0 ? ScaleSearch.nearest(15 / maxMin * ranges.mins()[sub]) : 0;
      out.u8(sub, s | m << 4);
      round(x, 16 * sub, 16, scale * s, minScale * m, 0, 3, q);
    }
    twoBits(q, out, 16);
  }

  /** Writes the lowest two bits of all values. */
  private static void twoBits(int[] q, BlockWriter out, int at) {
    for (int half = 0; half < 2; half++) {
      for (int i = 0; i < 32; i++) {
        int bits = 0;
        for (int n = 0; n < 4; n++) {
          bits |= (q[128 * half + 32 * n + i] & 3) << (2 * n);
        }
        out.u8(at + 32 * half + i, bits);
      }
    }
  }

  static void q3k(float[] x, BlockWriter out) {
    int[] q = new int[VALUES];
    float[] scales = new float[16];
    for (int sub = 0; sub < 16; sub++) {
      scales[sub] = ScaleSearch.byDescent(x, 16 * sub, 16, 4, q);
    }
    float extreme = extreme(scales);
    float inverse = extreme == 0 ? 0 : -32 / extreme;
    float scale = out.half(108, extreme == 0 ? 0 : 1 / inverse);
    int[] small = new int[16];
    for (int sub = 0; sub < 16; sub++) {
      small[sub] =
          extreme == 0
              ? 0
              : Math.clamp((byte) ScaleSearch.nearest(inverse * scales[sub]), -32, 31) + 32;
      round(x, 16 * sub, 16, scale * (small[sub] - 32), 0, -4, 3, q);
    }
    for (int i = 0; i < 8; i++) {
      out.u8(96 + i, (small[i] & 15) | (small[i + 8] & 15) << 4);
    }
    for (int i = 0; i < 4; i++) {
      int high = 0;
      for (int n = 0; n < 4; n++) {
        high |= (small[4 * n + i] >> 4) << (2 * n);
      }
      out.u8(104 + i, high);
    }
    bitPlane(q, out, 0, 2);
    twoBits(q, out, 32);
  }

  /** Writes one bit of all values, to 32 bytes. */
  private static void bitPlane(int[] q, BlockWriter out, int at, int bit) {
    for (int i = 0; i < 32; i++) {
      int bits = 0;
      for (int n = 0; n < 8; n++) {
        bits |= (q[32 * n + i] >> bit & 1) << n;
      }
      out.u8(at + i, bits);
    }
  }

  static void q4k(float[] x, BlockWriter out) {
    int[] q = new int[VALUES];
    ranges(x, 15, FOUR_BITS, q, out);
    fourBits(q, out, 16);
  }

  static void q5k(float[] x, BlockWriter out) {
    int[] q = new int[VALUES];
    ranges(x, 31, FIVE_BITS, q, out);
    bitPlane(q, out, 16, 4);
    fourBits(q, out, 48);
  }

  /** Fits and writes eight scales and minima of six bits. */
  private static void ranges(
      float[] x, int max, ScaleSearch.Trials trials, int[] q, BlockWriter out) {
    Ranges ranges = Ranges.fit(x, 32, max, trials, q);
    float maxScale = Ranges.largest(ranges.scales());
    float maxMin = Ranges.largest(ranges.mins());
    int[] scales = sixBits(ranges.scales(), maxScale);
    int[] mins = sixBits(ranges.mins(), maxMin);
    float scale = out.half(0, maxScale / 63);
    float minScale = out.half(2, maxMin / 63);
    for (int i = 0; i < 4; i++) {
      out.u8(4 + i, scales[i] | (scales[i + 4] >> 4) << 6);
      out.u8(8 + i, mins[i] | (mins[i + 4] >> 4) << 6);
      out.u8(12 + i, (scales[i + 4] & 15) | (mins[i + 4] & 15) << 4);
    }
    for (int sub = 0; sub < 8; sub++) {
      round(x, 32 * sub, 32, scale * scales[sub], minScale * mins[sub], 0, max, q);
    }
  }

  private static int[] sixBits(float[] values, float largest) {
    float inverse = largest > 0 ? 63 / largest : 0;
    int[] bits = new int[values.length];
    for (int i = 0; i < bits.length; i++) {
      bits[i] = Math.min(63, ScaleSearch.nearest(inverse * values[i]) & 0xff);
    }
    return bits;
  }

  /** Writes the lowest four bits of all values. */
  private static void fourBits(int[] q, BlockWriter out, int at) {
    for (int pair = 0; pair < 4; pair++) {
      for (int i = 0; i < 32; i++) {
        out.u8(at + 32 * pair + i, (q[64 * pair + i] & 15) | (q[64 * pair + 32 + i] & 15) << 4);
      }
    }
  }

  static void q6k(float[] x, BlockWriter out) {
    int[] q = new int[VALUES];
    float[] scales = new float[16];
    for (int sub = 0; sub < 16; sub++) {
      scales[sub] = ScaleSearch.signed(x, 16 * sub, 16, 32, q);
    }
    float extreme = extreme(scales);
    if (Math.abs(extreme) < ScaleSearch.TINY) {
      for (int i = 0; i < 210; i++) {
        out.u8(i, 0);
      }
      return;
    }
    float inverse = -128 / extreme;
    float scale = out.half(208, 1 / inverse);
    for (int sub = 0; sub < 16; sub++) {
      byte small = (byte) Math.min(127, ScaleSearch.nearest(inverse * scales[sub]));
      out.u8(192 + sub, small);
      round(x, 16 * sub, 16, scale * small, 0, -32, 31, q);
    }
    for (int half = 0; half < 2; half++) {
      for (int i = 0; i < 32; i++) {
        int first = 128 * half + i;
        out.u8(64 * half + i, (q[first] & 15) | (q[first + 64] & 15) << 4);
        out.u8(64 * half + 32 + i, (q[first + 32] & 15) | (q[first + 96] & 15) << 4);
        int high = 0;
        for (int n = 0; n < 4; n++) {
          high |= (q[first + 32 * n] >> 4) << (2 * n);
        }
        out.u8(128 + 32 * half + i, high);
      }
    }
  }

  /** Returns the value of the largest magnitude, the first of several. */
  private static float extreme(float[] values) {
    float extreme = 0;
    for (float value : values) {
      if (Math.abs(value) > Math.abs(extreme)) {
        extreme = value;
      }
    }
    return extreme;
  }
}
