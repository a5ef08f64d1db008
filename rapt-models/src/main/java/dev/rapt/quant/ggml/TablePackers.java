package dev.rapt.quant.ggml;

import dev.rapt.kernel.block.BlockFormat;
import dev.rapt.kernel.block.BlockTables;

/**
 * Quantisers of IQ4: indices into a table of uneven integers. Results are those of {@code
 * quantize_iq4_nl} and {@code quantize_iq4_xs} in ggml-quants.c of github.com/ggml-org/llama.cpp,
 * without an importance matrix.
 */
final class TablePackers {
  private static final int SUB = 32;
  private static final int TRIALS = 7;
  private static final int LAST = 15;

  private TablePackers() {}

  static void iq4nl(float[] x, BlockWriter out) {
    float scale = scale(x, 0);
    out.half(0, scale);
    indices(x, 0, SmallPackers.inverse(scale), out, 2);
  }

  static void iq4xs(float[] x, BlockWriter out) {
    int count = BlockFormat.IQ4_XS.blockValues() / SUB;
    float[] scales = new float[count];
    float extreme = 0;
    for (int sub = 0; sub < count; sub++) {
      scales[sub] = scale(x, SUB * sub);
      extreme = Math.abs(scales[sub]) > Math.abs(extreme) ? scales[sub] : extreme;
    }
    float whole = -extreme / 32;
    float inverse = SmallPackers.inverse(whole);
    out.half(0, whole);
    int high = 0;
    int[] low = new int[count];
    for (int sub = 0; sub < count; sub++) {
      int small = Math.clamp(ScaleSearch.nearest(inverse * scales[sub]), -32, 31);
      indices(x, SUB * sub, SmallPackers.inverse(whole * small), out, 8 + 16 * sub);
      low[sub] = (small + 32) & 15;
      high |= ((small + 32) >> 4) << (2 * sub);
    }
    out.u16(2, high);
    for (int i = 0; i < count / 2; i++) {
      out.u8(4 + i, low[2 * i] | low[2 * i + 1] << 4);
    }
  }

  /** Fits scale t[q] to 32 values, each error weighted by the square of the value. */
  private static float scale(float[] x, int from) {
    float extreme = 0;
    for (int i = from; i < from + SUB; i++) {
      extreme = Math.abs(x[i]) > Math.abs(extreme) ? x[i] : extreme;
    }
    if (Math.abs(extreme) < ScaleSearch.TINY) {
      return 0;
    }
    float first = BlockTables.iq4(0);
    Fit fit = Fit.of(x, from, 1 / (-extreme / first));
    float scale = fit.sumXq() / fit.sumQ2();
    float best = scale * fit.sumXq();
    for (int trial = -TRIALS; trial <= TRIALS; trial++) {
      fit = Fit.of(x, from, (trial + first) / extreme);
      if (fit.sumQ2() > 0 && fit.sumXq() * fit.sumXq() > best * fit.sumQ2()) {
        scale = fit.sumXq() / fit.sumQ2();
        best = scale * fit.sumXq();
      }
    }
    return scale;
  }

  /** Weighted sums of x q and q q for the values of the table that are nearest. */
  private record Fit(float sumXq, float sumQ2) {
    static Fit of(float[] x, int from, float inverse) {
      float sumXq = 0;
      float sumQ2 = 0;
      for (int i = from; i < from + SUB; i++) {
        float q = BlockTables.iq4(nearest(inverse * x[i]));
        float w = x[i] * x[i];
        sumXq += w * q * x[i];
        sumQ2 += w * q * q;
      }
      return new Fit(sumXq, sumQ2);
    }
  }

  private static void indices(float[] x, int from, float inverse, BlockWriter out, int at) {
    for (int i = 0; i < 16; i++) {
      int low = nearest(inverse * x[from + i]);
      int high = nearest(inverse * x[from + 16 + i]);
      out.u8(at + i, low | high << 4);
    }
  }

  /** Returns the index of the nearest value, the larger one of two. */
  private static int nearest(float value) {
    int index = 0;
    while (index < LAST && value >= BlockTables.iq4(index + 1)) {
      index++;
    }
    boolean isBelowNext =
        index == LAST
            || value <= BlockTables.iq4(0)
            || value - BlockTables.iq4(index) < BlockTables.iq4(index + 1) - value;
    return isBelowNext ? index : index + 1;
  }
}
