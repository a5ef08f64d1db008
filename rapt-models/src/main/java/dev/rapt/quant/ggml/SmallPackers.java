package dev.rapt.quant.ggml;

import dev.rapt.kernel.block.BlockFormat;
import dev.rapt.kernel.block.BlockTables;

/**
 * Quantisers of blocks of 32 values: the scale maps the largest value, or the range of the values,
 * to that of the numbers. Results are those of {@code quantize_row_..._ref} in ggml-quants.c of
 * github.com/ggml-org/llama.cpp and of gguf-py's quants.py, to the bit.
 */
final class SmallPackers {
  private static final int VALUES = BlockFormat.Q4_0.blockValues();
  private static final int HALF = VALUES / 2;

  private SmallPackers() {}

  static void q4_0(float[] x, BlockWriter out) {
    float scale = extreme(x) / -8;
    float inverse = inverse(scale);
    out.half(0, scale);
    for (int i = 0; i < HALF; i++) {
      out.u8(2 + i, signed(x[i], inverse, 8) | signed(x[i + HALF], inverse, 8) << 4);
    }
  }

  static void q4_1(float[] x, BlockWriter out) {
    float min = min(x);
    float scale = (max(x) - min) / 15;
    float inverse = inverse(scale);
    out.half(0, scale);
    out.half(2, min);
    for (int i = 0; i < HALF; i++) {
      out.u8(4 + i, above(x[i], min, inverse, 15) | above(x[i + HALF], min, inverse, 15) << 4);
    }
  }

  static void q5_0(float[] x, BlockWriter out) {
    float scale = extreme(x) / -16;
    float inverse = inverse(scale);
    out.half(0, scale);
    int[] q = new int[VALUES];
    for (int i = 0; i < VALUES; i++) {
      q[i] = signed(x[i], inverse, 16);
    }
    fiveBits(q, out, 2);
  }

  static void q5_1(float[] x, BlockWriter out) {
    float min = min(x);
    float scale = (max(x) - min) / 31;
    float inverse = inverse(scale);
    out.half(0, scale);
    out.half(2, min);
    int[] q = new int[VALUES];
    for (int i = 0; i < VALUES; i++) {
      q[i] = above(x[i], min, inverse, 31);
    }
    fiveBits(q, out, 4);
  }

  private static void fiveBits(int[] q, BlockWriter out, int at) {
    int fifth = 0;
    for (int i = 0; i < VALUES; i++) {
      fifth |= (q[i] >> 4) << i;
    }
    out.u32(at, fifth);
    for (int i = 0; i < HALF; i++) {
      out.u8(at + 4 + i, (q[i] & 15) | (q[i + HALF] & 15) << 4);
    }
  }

  static void q8_0(float[] x, BlockWriter out) {
    float scale = largest(x) / 127;
    float inverse = inverse(scale);
    out.half(0, scale);
    for (int i = 0; i < VALUES; i++) {
      out.u8(2 + i, round(x[i] * inverse));
    }
  }

  /** The power of two is that of the largest value; each value becomes the nearest of the table. */
  static void mxfp4(float[] x, BlockWriter out) {
    float largest = largest(x);
    int exponent = largest > 0 ? Math.max(0, Math.getExponent(largest) - 2 + 127) : 0;
    out.u8(0, exponent);
    float half = BlockTables.halfPower(exponent);
    for (int i = 0; i < HALF; i++) {
      out.u8(1 + i, nearest(x[i], half) | nearest(x[i + HALF], half) << 4);
    }
  }

  private static int nearest(float value, float scale) {
    int best = 0;
    float least = Float.POSITIVE_INFINITY;
    for (int q = 0; q < 16; q++) {
      float error = Math.abs(scale * BlockTables.doubledFloat4(q) - value);
      if (error < least) {
        least = error;
        best = q;
      }
    }
    return best;
  }

  /** Returns q for scale (q - zero), rounded half up, at most 2 zero - 1. */
  private static int signed(float value, float inverse, int zero) {
    return Math.clamp((int) (value * inverse + (zero + 0.5f)), 0, 2 * zero - 1);
  }

  /** Returns q for scale q + min, rounded half up. */
  private static int above(float value, float min, float inverse, int max) {
    return Math.clamp((int) ((value - min) * inverse + 0.5f), 0, max);
  }

  static float inverse(float scale) {
    return scale == 0 ? 0 : 1 / scale;
  }

  /** Rounds half away from zero, as C's roundf does. */
  static int round(float value) {
    float magnitude = Math.abs(value);
    float floor = (float) Math.floor(magnitude);
    int rounded = (int) (magnitude - floor >= 0.5f ? floor + 1 : floor);
    return value < 0 ? -rounded : rounded;
  }

  static float largest(float[] x) {
    return Math.abs(extreme(x));
  }

  /** Returns the value of the largest magnitude, the first of several. */
  private static float extreme(float[] x) {
    float largest = 0;
    float extreme = 0;
    for (float value : x) {
      if (Math.abs(value) > largest) {
        largest = Math.abs(value);
        extreme = value;
      }
    }
    return extreme;
  }

  private static float min(float[] x) {
    float min = x[0];
    for (float value : x) {
      min = Math.min(min, value);
    }
    return min;
  }

  private static float max(float[] x) {
    float max = x[0];
    for (float value : x) {
      max = Math.max(max, value);
    }
    return max;
  }
}
