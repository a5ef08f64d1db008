package dev.rapt.kernel.vector;

import static dev.rapt.kernel.vector.math.Lanes.FLOAT;
import static dev.rapt.kernel.vector.math.Lanes.LANES;
import static dev.rapt.kernel.vector.math.Lanes.ORDER;
import static dev.rapt.kernel.vector.math.Lanes.get;
import static dev.rapt.kernel.vector.math.Lanes.set;
import static java.util.Objects.requireNonNull;
import static jdk.incubator.vector.FloatVector.fromMemorySegment;

import dev.rapt.kernel.NormKernel.Gradients;
import dev.rapt.kernel.NormKernel.LayerNorm;
import dev.rapt.kernel.NormKernel.Moments;
import dev.rapt.kernel.vector.math.Lanes;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;

/**
 * Layer norm of {@link #ROWS} rows at a time, with weight and bias. The sum of a short row is a
 * chain of dependent additions, and the processor runs four such chains in parallel; weights and
 * their gradients are read once for all rows. Every number is computed as {@link VectorNorm}
 * computes it for a single row, so results do not depend on how rows are grouped.
 */
final class LayerNormGroup {
  /** Rows of a group; the sums of more rows would not fit in registers. */
  static final int ROWS = 4;

  private LayerNormGroup() {}

  /**
   * Writes means, reciprocal standard deviations, and the normalised rows at row, row + cols, ...
   */
  static void forward(
      MemorySegment out, MemorySegment x, LayerNorm norm, Moments moments, long firstRow) {
    MemorySegment weight = requireNonNull(norm.weight()), bias = requireNonNull(norm.bias());
    MemorySegment mean = moments.mean(), rstd = moments.rstd();
    long cols = norm.cols();
    means(mean, x, firstRow, cols);
    deviations(moments, x, firstRow, cols, norm.eps());
    long r0 = firstRow * cols, r1 = r0 + cols, r2 = r1 + cols, r3 = r2 + cols;
    float m0 = get(mean, firstRow), m1 = get(mean, firstRow + 1);
    float m2 = get(mean, firstRow + 2), m3 = get(mean, firstRow + 3);
    float s0 = get(rstd, firstRow), s1 = get(rstd, firstRow + 1);
    float s2 = get(rstd, firstRow + 2), s3 = get(rstd, firstRow + 3);
    long c = 0;
    for (long bound = FLOAT.loopBound(cols); c < bound; c += LANES) {
      FloatVector w = fromMemorySegment(FLOAT, weight, 4 * c, ORDER);
      FloatVector b = fromMemorySegment(FLOAT, bias, 4 * c, ORDER);
      fromMemorySegment(FLOAT, x, 4 * (r0 + c), ORDER)
          .sub(m0)
          .mul(s0)
          .fma(w, b)
          .intoMemorySegment(out, 4 * (r0 + c), ORDER);
      fromMemorySegment(FLOAT, x, 4 * (r1 + c), ORDER)
          .sub(m1)
          .mul(s1)
          .fma(w, b)
          .intoMemorySegment(out, 4 * (r1 + c), ORDER);
      fromMemorySegment(FLOAT, x, 4 * (r2 + c), ORDER)
          .sub(m2)
          .mul(s2)
          .fma(w, b)
          .intoMemorySegment(out, 4 * (r2 + c), ORDER);
      fromMemorySegment(FLOAT, x, 4 * (r3 + c), ORDER)
          .sub(m3)
          .mul(s3)
          .fma(w, b)
          .intoMemorySegment(out, 4 * (r3 + c), ORDER);
    }
    for (; c < cols; c++) {
      float w = get(weight, c);
      float b = get(bias, c);
      set(out, r0 + c, (get(x, r0 + c) - m0) * s0 * w + b);
      set(out, r1 + c, (get(x, r1 + c) - m1) * s1 * w + b);
      set(out, r2 + c, (get(x, r2 + c) - m2) * s2 * w + b);
      set(out, r3 + c, (get(x, r3 + c) - m3) * s3 * w + b);
    }
  }

  private static void means(MemorySegment mean, MemorySegment x, long firstRow, long cols) {
    long r0 = firstRow * cols, r1 = r0 + cols, r2 = r1 + cols, r3 = r2 + cols;
    FloatVector a0 = FloatVector.zero(FLOAT), a1 = a0, a2 = a0, a3 = a0;
    FloatVector b0 = a0, b1 = a0, b2 = a0, b3 = a0;
    long c = 0;
    for (; c + 2 * LANES <= cols; c += 2 * LANES) {
      a0 = a0.add(fromMemorySegment(FLOAT, x, 4 * (r0 + c), ORDER));
      b0 = b0.add(fromMemorySegment(FLOAT, x, 4 * (r0 + c + LANES), ORDER));
      a1 = a1.add(fromMemorySegment(FLOAT, x, 4 * (r1 + c), ORDER));
      b1 = b1.add(fromMemorySegment(FLOAT, x, 4 * (r1 + c + LANES), ORDER));
      a2 = a2.add(fromMemorySegment(FLOAT, x, 4 * (r2 + c), ORDER));
      b2 = b2.add(fromMemorySegment(FLOAT, x, 4 * (r2 + c + LANES), ORDER));
      a3 = a3.add(fromMemorySegment(FLOAT, x, 4 * (r3 + c), ORDER));
      b3 = b3.add(fromMemorySegment(FLOAT, x, 4 * (r3 + c + LANES), ORDER));
    }
    double rest0 = 0, rest1 = 0, rest2 = 0, rest3 = 0;
    for (; c < cols; c++) {
      rest0 += get(x, r0 + c);
      rest1 += get(x, r1 + c);
      rest2 += get(x, r2 + c);
      rest3 += get(x, r3 + c);
    }
    set(mean, firstRow, (float) ((rest0 + Lanes.sum(a0.add(b0))) / cols));
    set(mean, firstRow + 1, (float) ((rest1 + Lanes.sum(a1.add(b1))) / cols));
    set(mean, firstRow + 2, (float) ((rest2 + Lanes.sum(a2.add(b2))) / cols));
    set(mean, firstRow + 3, (float) ((rest3 + Lanes.sum(a3.add(b3))) / cols));
  }

  private static void deviations(
      Moments moments, MemorySegment x, long firstRow, long cols, float eps) {
    MemorySegment mean = moments.mean(), rstd = moments.rstd();
    long r0 = firstRow * cols, r1 = r0 + cols, r2 = r1 + cols, r3 = r2 + cols;
    float m0 = get(mean, firstRow), m1 = get(mean, firstRow + 1);
    float m2 = get(mean, firstRow + 2), m3 = get(mean, firstRow + 3);
    FloatVector a0 = FloatVector.zero(FLOAT), a1 = a0, a2 = a0, a3 = a0;
    FloatVector b0 = a0, b1 = a0, b2 = a0, b3 = a0;
    long c = 0;
    for (; c + 2 * LANES <= cols; c += 2 * LANES) {
      FloatVector x0 = fromMemorySegment(FLOAT, x, 4 * (r0 + c), ORDER).sub(m0);
      FloatVector y0 = fromMemorySegment(FLOAT, x, 4 * (r0 + c + LANES), ORDER).sub(m0);
      a0 = x0.fma(x0, a0);
      b0 = y0.fma(y0, b0);
      FloatVector x1 = fromMemorySegment(FLOAT, x, 4 * (r1 + c), ORDER).sub(m1);
      FloatVector y1 = fromMemorySegment(FLOAT, x, 4 * (r1 + c + LANES), ORDER).sub(m1);
      a1 = x1.fma(x1, a1);
      b1 = y1.fma(y1, b1);
      FloatVector x2 = fromMemorySegment(FLOAT, x, 4 * (r2 + c), ORDER).sub(m2);
      FloatVector y2 = fromMemorySegment(FLOAT, x, 4 * (r2 + c + LANES), ORDER).sub(m2);
      a2 = x2.fma(x2, a2);
      b2 = y2.fma(y2, b2);
      FloatVector x3 = fromMemorySegment(FLOAT, x, 4 * (r3 + c), ORDER).sub(m3);
      FloatVector y3 = fromMemorySegment(FLOAT, x, 4 * (r3 + c + LANES), ORDER).sub(m3);
      a3 = x3.fma(x3, a3);
      b3 = y3.fma(y3, b3);
    }
    double rest0 = 0, rest1 = 0, rest2 = 0, rest3 = 0;
    for (; c < cols; c++) {
      rest0 += square(get(x, r0 + c) - m0);
      rest1 += square(get(x, r1 + c) - m1);
      rest2 += square(get(x, r2 + c) - m2);
      rest3 += square(get(x, r3 + c) - m3);
    }
    set(rstd, firstRow, reciprocal(rest0 + Lanes.sum(a0.add(b0)), cols, eps));
    set(rstd, firstRow + 1, reciprocal(rest1 + Lanes.sum(a1.add(b1)), cols, eps));
    set(rstd, firstRow + 2, reciprocal(rest2 + Lanes.sum(a2.add(b2)), cols, eps));
    set(rstd, firstRow + 3, reciprocal(rest3 + Lanes.sum(a3.add(b3)), cols, eps));
  }

  private static double square(double d) {
    return d * d;
  }

  private static float reciprocal(double sumOfSquares, long cols, float eps) {
    return (float) (1 / Math.sqrt(sumOfSquares / cols + eps));
  }

  /** dWeight += dY (x - mean) rstd, dBias += dY, one row after the other. */
  static void addToWeights(
      Gradients gradients,
      MemorySegment x,
      MemorySegment dY,
      Moments moments,
      long firstRow,
      long cols) {
    MemorySegment dWeight = requireNonNull(gradients.dWeight());
    MemorySegment dBias = requireNonNull(gradients.dBias());
    MemorySegment mean = moments.mean(), rstd = moments.rstd();
    long r0 = firstRow * cols, r1 = r0 + cols, r2 = r1 + cols, r3 = r2 + cols;
    float m0 = get(mean, firstRow), m1 = get(mean, firstRow + 1);
    float m2 = get(mean, firstRow + 2), m3 = get(mean, firstRow + 3);
    float s0 = get(rstd, firstRow), s1 = get(rstd, firstRow + 1);
    float s2 = get(rstd, firstRow + 2), s3 = get(rstd, firstRow + 3);
    long c = 0;
    for (long bound = FLOAT.loopBound(cols); c < bound; c += LANES) {
      FloatVector d0 = fromMemorySegment(FLOAT, dY, 4 * (r0 + c), ORDER),
          d1 = fromMemorySegment(FLOAT, dY, 4 * (r1 + c), ORDER);
      FloatVector d2 = fromMemorySegment(FLOAT, dY, 4 * (r2 + c), ORDER),
          d3 = fromMemorySegment(FLOAT, dY, 4 * (r3 + c), ORDER);
      FloatVector w =
          fromMemorySegment(FLOAT, x, 4 * (r0 + c), ORDER)
              .sub(m0)
              .mul(s0)
              .fma(d0, fromMemorySegment(FLOAT, dWeight, 4 * c, ORDER));
      w = fromMemorySegment(FLOAT, x, 4 * (r1 + c), ORDER).sub(m1).mul(s1).fma(d1, w);
      w = fromMemorySegment(FLOAT, x, 4 * (r2 + c), ORDER).sub(m2).mul(s2).fma(d2, w);
      w = fromMemorySegment(FLOAT, x, 4 * (r3 + c), ORDER).sub(m3).mul(s3).fma(d3, w);
      w.intoMemorySegment(dWeight, 4 * c, ORDER);
      fromMemorySegment(FLOAT, dBias, 4 * c, ORDER)
          .add(d0)
          .add(d1)
          .add(d2)
          .add(d3)
          .intoMemorySegment(dBias, 4 * c, ORDER);
    }
    for (; c < cols; c++) {
      float w = get(dWeight, c) + (get(x, r0 + c) - m0) * s0 * get(dY, r0 + c);
      w += (get(x, r1 + c) - m1) * s1 * get(dY, r1 + c);
      w += (get(x, r2 + c) - m2) * s2 * get(dY, r2 + c);
      w += (get(x, r3 + c) - m3) * s3 * get(dY, r3 + c);
      set(dWeight, c, w);
      float b = get(dBias, c) + get(dY, r0 + c);
      set(dBias, c, b + get(dY, r1 + c) + get(dY, r2 + c) + get(dY, r3 + c));
    }
  }
}
