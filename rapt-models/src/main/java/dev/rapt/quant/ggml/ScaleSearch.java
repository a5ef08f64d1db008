package dev.rapt.quant.ggml;

import java.util.Arrays;

/**
 * Searches for the scale, and the minimum, of a few values: the least squares fit to rounded values
 * for several roundings. The functions {@code make_qkx2_quants}, {@code make_qx_quants} and {@code
 * make_q3_quants} of ggml-quants.c in github.com/ggml-org/llama.cpp, with the same order of
 * floating-point operations.
 */
final class ScaleSearch {
  /** Values below are taken for 0. */
  static final float TINY = 1e-15f;

  /** A scale and a minimum below zero, without its sign. */
  record Range(float scale, float min) {}

  /**
   * How many roundings are tried.
   *
   * @param first added to the largest number for the first of them
   * @param step added for each further one
   * @param count number of steps
   * @param absolute whether the sum of absolute errors decides, instead of squares
   */
  record Trials(float first, float step, int count, boolean absolute) {}

  private ScaleSearch() {}

  /** Returns the nearest integer, the even one of two. */
  static int nearest(float value) {
    return (int) Math.rint(value);
  }

  /**
   * Fits scale q - min to values.
   *
   * @param x values [from, from + n) are fitted
   * @param weights n weights of the errors
   * @param max largest q
   * @param q receives the numbers, from 0 to max, at [from, from + n)
   */
  static Range range(float[] x, int from, float[] weights, int max, Trials trials, int[] q) {
    int n = weights.length;
    float least = x[from];
    float most = x[from];
    float sumW = weights[0];
    float sumX = sumW * x[from];
    for (int i = 1; i < n; i++) {
      least = Math.min(least, x[from + i]);
      most = Math.max(most, x[from + i]);
      sumW += weights[i];
      sumX += weights[i] * x[from + i];
    }
    least = Math.min(least, 0);
    if (most == least) {
      Arrays.fill(q, from, from + n, 0);
      return new Range(0, -least);
    }
    float inverse = max / (most - least);
    float scale = 1 / inverse;
    float min = least;
    float bestError = 0;
    for (int i = 0; i < n; i++) {
      q[from + i] = Math.clamp(nearest(inverse * (x[from + i] - least)), 0, max);
      bestError += weights[i] * error(scale * q[from + i] + least - x[from + i], trials);
    }
    int[] tried = new int[n];
    for (int trial = 0; trial <= trials.count(); trial++) {
      inverse = (trials.first() + trials.step() * trial + max) / (most - min);
      float sumQ = 0;
      float sumQ2 = 0;
      float sumXq = 0;
      for (int i = 0; i < n; i++) {
        // from the best minimum so far, not from the least value, as in the reference
        int number = Math.clamp(nearest(inverse * (x[from + i] - min)), 0, max);
        tried[i] = number;
        sumQ += weights[i] * number;
        sumQ2 += weights[i] * number * number;
        sumXq += weights[i] * number * x[from + i];
      }
      float determinant = sumW * sumQ2 - sumQ * sumQ;
      if (!(determinant > 0)) {
        continue;
      }
      float ownScale = (sumW * sumXq - sumX * sumQ) / determinant;
      float ownMin = (sumQ2 * sumX - sumQ * sumXq) / determinant;
      if (ownMin > 0) {
        ownMin = 0;
        ownScale = sumXq / sumQ2;
      }
      float error = 0;
      for (int i = 0; i < n; i++) {
        error += weights[i] * error(ownScale * tried[i] + ownMin - x[from + i], trials);
      }
      if (error < bestError) {
        System.arraycopy(tried, 0, q, from, n);
        bestError = error;
        scale = ownScale;
        min = ownMin;
      }
    }
    return new Range(scale, -min);
  }

  private static float error(float difference, Trials trials) {
    return trials.absolute() ? Math.abs(difference) : difference * difference;
  }

  /**
   * Fits scale (q - zero) to 16 values, each error weighted by the square of the value.
   *
   * @param q receives numbers from 0 to 2 zero - 1
   */
  static float signed(float[] x, int from, int n, int zero, int[] q) {
    float extreme = extreme(x, from, n);
    if (Math.abs(extreme) < TINY) {
      Arrays.fill(q, from, from + n, 0);
      return 0;
    }
    float scale = 0;
    float best = 0;
    for (int trial = 0; trial < 19; trial++) {
      int shift = trial == 0 ? 0 : trial <= 9 ? trial - 10 : trial - 9;
      float inverse = trial == 0 ? -zero / extreme : -(zero + 0.1f * shift) / extreme;
      float sumXq = 0;
      float sumQ2 = 0;
      for (int i = from; i < from + n; i++) {
        int number = Math.clamp(nearest(inverse * x[i]), -zero, zero - 1);
        float w = x[i] * x[i];
        sumXq += w * x[i] * number;
        sumQ2 += w * number * number;
      }
      boolean isBetter = trial == 0 || (sumQ2 > 0 && sumXq * sumXq > best * sumQ2);
      if (isBetter) {
        for (int i = from; i < from + n; i++) {
          q[i] = zero + Math.clamp(nearest(inverse * x[i]), -zero, zero - 1);
        }
        scale = sumQ2 == 0 ? 0 : sumXq / sumQ2;
        best = scale * sumXq;
      }
    }
    return scale;
  }

  /**
   * Fits scale (q - zero) to values by changing one number at a time.
   *
   * @param q receives numbers from 0 to 2 zero - 1
   */
  static float byDescent(float[] x, int from, int n, int zero, int[] q) {
    float extreme = extreme(x, from, n);
    if (Math.abs(extreme) < TINY) {
      Arrays.fill(q, from, from + n, 0);
      return 0;
    }
    float inverse = -zero / extreme;
    float sumXq = 0;
    float sumQ2 = 0;
    for (int i = from; i < from + n; i++) {
      q[i] = Math.clamp(nearest(inverse * x[i]), -zero, zero - 1);
      float w = x[i] * x[i];
      sumXq += w * x[i] * q[i];
      sumQ2 += w * q[i] * q[i];
    }
    boolean changed = true;
    for (int round = 0; round < 5 && changed; round++) {
      changed = false;
      for (int i = from; i < from + n; i++) {
        float w = x[i] * x[i];
        float restXq = sumXq - w * x[i] * q[i];
        if (!(restXq > 0)) {
          continue;
        }
        float restQ2 = sumQ2 - w * q[i] * q[i];
        int number = Math.clamp(nearest(x[i] * restQ2 / restXq), -zero, zero - 1);
        if (number == q[i]) {
          continue;
        }
        restXq += w * x[i] * number;
        restQ2 += w * number * number;
        if (restQ2 > 0 && restXq * restXq * sumQ2 > sumXq * sumXq * restQ2) {
          q[i] = number;
          sumXq = restXq;
          sumQ2 = restQ2;
          changed = true;
        }
      }
    }
    for (int i = from; i < from + n; i++) {
      q[i] += zero;
    }
    return sumQ2 > 0 ? sumXq / sumQ2 : 0;
  }

  private static float extreme(float[] x, int from, int n) {
    float largest = 0;
    float extreme = 0;
    for (int i = from; i < from + n; i++) {
      if (Math.abs(x[i]) > largest) {
        largest = Math.abs(x[i]);
        extreme = x[i];
      }
    }
    return extreme;
  }
}
