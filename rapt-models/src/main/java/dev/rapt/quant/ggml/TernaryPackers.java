package dev.rapt.quant.ggml;

/**
 * Quantisers of ternary blocks: values are divided by the largest and rounded to -1, 0 or 1. As
 * {@code quantize_row_tq1_0_ref} and {@code quantize_row_tq2_0_ref} of ggml-quants.c.
 */
final class TernaryPackers {
  private static final int[] POWERS = {81, 27, 9, 3, 1};

  private TernaryPackers() {}

  /** Block: 48 bytes of five values, 4 bytes of four, scale (half). */
  static void tq1(float[] x, BlockWriter out) {
    float scale = SmallPackers.largest(x);
    float inverse = SmallPackers.inverse(scale);
    for (int i = 0; i < 32; i++) {
      out.u8(i, fraction(x, inverse, i, 32, 5));
    }
    for (int i = 0; i < 16; i++) {
      out.u8(32 + i, fraction(x, inverse, 160 + i, 16, 5));
    }
    for (int i = 0; i < 4; i++) {
      out.u8(48 + i, fraction(x, inverse, 240 + i, 4, 4));
    }
    out.half(52, scale);
  }

  /** Returns values at equal distances as digits of base 3, scaled from 3^5 to 2^8. */
  private static int fraction(float[] x, float inverse, int first, int distance, int count) {
    int number = 0;
    for (int n = 0; n < count; n++) {
      number += digit(x[first + n * distance], inverse) * POWERS[n];
    }
    return (number * 256 + 242) / 243;
  }

  /** Block: 64 bytes of four values, scale (half). */
  static void tq2(float[] x, BlockWriter out) {
    float scale = SmallPackers.largest(x);
    float inverse = SmallPackers.inverse(scale);
    for (int half = 0; half < 2; half++) {
      for (int i = 0; i < 32; i++) {
        int bits = 0;
        for (int n = 0; n < 4; n++) {
          bits |= digit(x[128 * half + 32 * n + i], inverse) << (2 * n);
        }
        out.u8(32 * half + i, bits);
      }
    }
    out.half(64, scale);
  }

  private static int digit(float value, float inverse) {
    return SmallPackers.round(value * inverse) + 1;
  }
}
