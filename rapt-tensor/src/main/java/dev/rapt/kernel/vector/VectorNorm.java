package dev.rapt.kernel.vector;

import static dev.rapt.kernel.vector.math.Lanes.FLOAT;
import static dev.rapt.kernel.vector.math.Lanes.LANES;
import static dev.rapt.kernel.vector.math.Lanes.ORDER;
import static dev.rapt.kernel.vector.math.Lanes.get;
import static dev.rapt.kernel.vector.math.Lanes.set;
import static jdk.incubator.vector.FloatVector.fromMemorySegment;

import dev.rapt.kernel.NormKernel;
import dev.rapt.kernel.vector.math.Lanes;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import org.jspecify.annotations.Nullable;

/**
 * Layer norm and RMS norm in the Vector API. A row is read two or three times, first from memory
 * and then from the L1 cache; sums are kept in f32 lanes.
 */
public final class VectorNorm implements NormKernel {
  /**
   * One row.
   *
   * @param start index of its first element
   * @param mean subtracted from each element; 0 in RMS norm
   * @param scale factor that brings the row to unit variance (layer norm) or mean square (RMS norm)
   */
  private record Row(long start, long cols, float mean, float scale) {}

  /**
   * Factors of the normalised columns, weight + offset.
   *
   * @param weight (cols), or null for ones
   */
  private record Factors(@Nullable MemorySegment weight, float offset) {}

  /** Means over a row of g = dY (weight + offset) and of g times the normalised x. */
  private record Means(float g, float gx) {}

  @Override
  public void layerNorm(
      MemorySegment out, MemorySegment x, LayerNorm norm, Moments moments, long rows) {
    long cols = norm.cols();
    long r = 0;
    if (norm.weight() != null && norm.bias() != null) {
      for (; r + LayerNormGroup.ROWS <= rows; r += LayerNormGroup.ROWS) {
        LayerNormGroup.forward(out, x, norm, moments, r);
      }
    }
    for (; r < rows; r++) {
      long start = r * cols;
      float mu = (float) (sum(x, start, cols) / cols);
      float scale = (float) (1 / Math.sqrt(sumOfSquares(x, start, cols, mu) / cols + norm.eps()));
      normalise(out, x, norm, new Row(start, cols, mu, scale));
      set(moments.mean(), r, mu);
      set(moments.rstd(), r, scale);
    }
  }

  private static void normalise(MemorySegment out, MemorySegment x, LayerNorm norm, Row row) {
    MemorySegment weight = norm.weight(), bias = norm.bias();
    long start = row.start, cols = row.cols;
    float mu = row.mean, scale = row.scale;
    long c = 0;
    for (long bound = FLOAT.loopBound(cols); c < bound; c += LANES) {
      FloatVector v = fromMemorySegment(FLOAT, x, 4 * (start + c), ORDER).sub(mu).mul(scale);
      if (weight == null) {
        (bias == null ? v : v.add(fromMemorySegment(FLOAT, bias, 4 * c, ORDER)))
            .intoMemorySegment(out, 4 * (start + c), ORDER);
      } else if (bias == null) {
        v.mul(fromMemorySegment(FLOAT, weight, 4 * c, ORDER))
            .intoMemorySegment(out, 4 * (start + c), ORDER);
      } else {
        v.fma(
                fromMemorySegment(FLOAT, weight, 4 * c, ORDER),
                fromMemorySegment(FLOAT, bias, 4 * c, ORDER))
            .intoMemorySegment(out, 4 * (start + c), ORDER);
      }
    }
    for (; c < cols; c++) {
      float v = (get(x, start + c) - mu) * scale * (weight == null ? 1 : get(weight, c));
      set(out, start + c, bias == null ? v : v + get(bias, c));
    }
  }

  @Override
  public void layerNormBackward(
      Gradients gradients,
      MemorySegment x,
      MemorySegment dY,
      LayerNorm norm,
      Moments moments,
      long rows) {
    MemorySegment dWeight = gradients.dWeight(), dBias = gradients.dBias();
    Factors factors = new Factors(norm.weight(), 0);
    long cols = norm.cols();
    long summed = 0;
    if (dBias != null && dWeight != null) {
      for (; summed + LayerNormGroup.ROWS <= rows; summed += LayerNormGroup.ROWS) {
        LayerNormGroup.addToWeights(gradients, x, dY, moments, summed, cols);
      }
    }
    for (long r = 0; r < rows; r++) {
      Row row = new Row(r * cols, cols, get(moments.mean(), r), get(moments.rstd(), r));
      if (dBias != null && r >= summed) {
        addRow(dBias, dY, row);
      }
      if (dWeight != null && r >= summed) {
        addNormalTimes(dWeight, x, dY, row);
      }
      float meanG = (float) (dot(dY, factors, row) / cols);
      float meanGX = (float) (dotNormal(x, dY, factors, row) / cols);
      project(gradients.dX(), x, dY, factors, row, new Means(meanG, meanGX));
    }
  }

  @Override
  public void rmsNorm(
      MemorySegment out, MemorySegment x, RmsNorm norm, MemorySegment rstd, long rows) {
    Factors factors = new Factors(norm.weight(), norm.weightOffset());
    long cols = norm.cols();
    for (long r = 0; r < rows; r++) {
      long start = r * cols;
      float scale = (float) (1 / Math.sqrt(sumOfSquares(x, start, cols, 0) / cols + norm.eps()));
      scaleRow(out, x, factors, new Row(start, cols, 0, scale));
      set(rstd, r, scale);
    }
  }

  private static void scaleRow(MemorySegment out, MemorySegment x, Factors factors, Row row) {
    MemorySegment weight = factors.weight;
    float weightOffset = factors.offset, scale = row.scale;
    long start = row.start, cols = row.cols;
    long c = 0;
    for (long bound = FLOAT.loopBound(cols); c < bound; c += LANES) {
      FloatVector v = fromMemorySegment(FLOAT, x, 4 * (start + c), ORDER).mul(scale);
      if (weight == null) {
        v.intoMemorySegment(out, 4 * (start + c), ORDER);
      } else {
        v.mul(fromMemorySegment(FLOAT, weight, 4 * c, ORDER).add(weightOffset))
            .intoMemorySegment(out, 4 * (start + c), ORDER);
      }
    }
    for (; c < cols; c++) {
      float w = weight == null ? 1 : get(weight, c) + weightOffset;
      set(out, start + c, get(x, start + c) * scale * w);
    }
  }

  @Override
  public void rmsNormBackward(
      Gradients gradients,
      MemorySegment x,
      MemorySegment dY,
      RmsNorm norm,
      MemorySegment rstd,
      long rows) {
    MemorySegment dWeight = gradients.dWeight();
    Factors factors = new Factors(norm.weight(), norm.weightOffset());
    long cols = norm.cols();
    for (long r = 0; r < rows; r++) {
      Row row = new Row(r * cols, cols, 0, get(rstd, r));
      if (dWeight != null) {
        addNormalTimes(dWeight, x, dY, row);
      }
      float meanGX = (float) (dotNormal(x, dY, factors, row) / cols);
      project(gradients.dX(), x, dY, factors, row, new Means(0, meanGX));
    }
  }

  private static double sum(MemorySegment x, long start, long cols) {
    FloatVector a = FloatVector.zero(FLOAT);
    FloatVector b = a;
    long c = 0;
    for (; c + 2 * LANES <= cols; c += 2 * LANES) {
      a = a.add(fromMemorySegment(FLOAT, x, 4 * (start + c), ORDER));
      b = b.add(fromMemorySegment(FLOAT, x, 4 * (start + c + LANES), ORDER));
    }
    double rest = 0;
    for (; c < cols; c++) {
      rest += get(x, start + c);
    }
    return rest + Lanes.sum(a.add(b));
  }

  /** Sum of (x - mu)^2. */
  private static double sumOfSquares(MemorySegment x, long start, long cols, float mu) {
    FloatVector a = FloatVector.zero(FLOAT);
    FloatVector b = a;
    long c = 0;
    for (; c + 2 * LANES <= cols; c += 2 * LANES) {
      FloatVector x0 = fromMemorySegment(FLOAT, x, 4 * (start + c), ORDER).sub(mu);
      FloatVector x1 = fromMemorySegment(FLOAT, x, 4 * (start + c + LANES), ORDER).sub(mu);
      a = x0.fma(x0, a);
      b = x1.fma(x1, b);
    }
    double rest = 0;
    for (; c < cols; c++) {
      double d = get(x, start + c) - mu;
      rest += d * d;
    }
    return rest + Lanes.sum(a.add(b));
  }

  /** Sum of dY (weight + offset). */
  private static double dot(MemorySegment dY, Factors factors, Row row) {
    MemorySegment weight = factors.weight;
    float weightOffset = factors.offset;
    long start = row.start, cols = row.cols;
    if (weight == null) {
      return sum(dY, start, cols);
    }
    FloatVector a = FloatVector.zero(FLOAT);
    FloatVector b = a;
    long c = 0;
    for (; c + 2 * LANES <= cols; c += 2 * LANES) {
      a =
          fromMemorySegment(FLOAT, dY, 4 * (start + c), ORDER)
              .fma(fromMemorySegment(FLOAT, weight, 4 * c, ORDER).add(weightOffset), a);
      b =
          fromMemorySegment(FLOAT, dY, 4 * (start + c + LANES), ORDER)
              .fma(fromMemorySegment(FLOAT, weight, 4 * (c + LANES), ORDER).add(weightOffset), b);
    }
    double rest = 0;
    for (; c < cols; c++) {
      rest += (double) get(dY, start + c) * (get(weight, c) + weightOffset);
    }
    return rest + Lanes.sum(a.add(b));
  }

  /** Sum of dY (weight + offset) (x - mean) scale. */
  private static double dotNormal(MemorySegment x, MemorySegment dY, Factors factors, Row row) {
    return row.scale
        * (factors.weight == null
            ? dotCentred(x, dY, row)
            : dotCentred(x, dY, factors.weight, factors.offset, row));
  }

  private static double dotCentred(MemorySegment x, MemorySegment dY, Row row) {
    long start = row.start, cols = row.cols;
    float mu = row.mean;
    FloatVector a = FloatVector.zero(FLOAT);
    FloatVector b = a;
    long c = 0;
    for (; c + 2 * LANES <= cols; c += 2 * LANES) {
      a =
          fromMemorySegment(FLOAT, x, 4 * (start + c), ORDER)
              .sub(mu)
              .fma(fromMemorySegment(FLOAT, dY, 4 * (start + c), ORDER), a);
      b =
          fromMemorySegment(FLOAT, x, 4 * (start + c + LANES), ORDER)
              .sub(mu)
              .fma(fromMemorySegment(FLOAT, dY, 4 * (start + c + LANES), ORDER), b);
    }
    double rest = 0;
    for (; c < cols; c++) {
      rest += (double) (get(x, start + c) - mu) * get(dY, start + c);
    }
    return rest + Lanes.sum(a.add(b));
  }

  private static double dotCentred(
      MemorySegment x, MemorySegment dY, MemorySegment weight, float weightOffset, Row row) {
    long start = row.start, cols = row.cols;
    float mu = row.mean;
    FloatVector a = FloatVector.zero(FLOAT);
    FloatVector b = a;
    long c = 0;
    for (; c + 2 * LANES <= cols; c += 2 * LANES) {
      FloatVector g0 =
          fromMemorySegment(FLOAT, dY, 4 * (start + c), ORDER)
              .mul(fromMemorySegment(FLOAT, weight, 4 * c, ORDER).add(weightOffset));
      FloatVector g1 =
          fromMemorySegment(FLOAT, dY, 4 * (start + c + LANES), ORDER)
              .mul(fromMemorySegment(FLOAT, weight, 4 * (c + LANES), ORDER).add(weightOffset));
      a = fromMemorySegment(FLOAT, x, 4 * (start + c), ORDER).sub(mu).fma(g0, a);
      b = fromMemorySegment(FLOAT, x, 4 * (start + c + LANES), ORDER).sub(mu).fma(g1, b);
    }
    double rest = 0;
    for (; c < cols; c++) {
      double g = (double) get(dY, start + c) * (get(weight, c) + weightOffset);
      rest += (get(x, start + c) - mu) * g;
    }
    return rest + Lanes.sum(a.add(b));
  }

  /** dX = scale (g - means.g - (x - mean) scale means.gx), with g = dY (weight + offset). */
  private static void project(
      MemorySegment dX, MemorySegment x, MemorySegment dY, Factors factors, Row row, Means means) {
    MemorySegment weight = factors.weight;
    float weightOffset = factors.offset, mu = row.mean, scale = row.scale;
    long start = row.start, cols = row.cols;
    // scale g + slope (x - mu) + shift
    float slope = -scale * scale * means.gx;
    float shift = -scale * means.g;
    long c = 0;
    for (long bound = FLOAT.loopBound(cols); c < bound; c += LANES) {
      FloatVector rest =
          fromMemorySegment(FLOAT, x, 4 * (start + c), ORDER).sub(mu).mul(slope).add(shift);
      FloatVector d = fromMemorySegment(FLOAT, dY, 4 * (start + c), ORDER).mul(scale);
      if (weight == null) {
        d.add(rest).intoMemorySegment(dX, 4 * (start + c), ORDER);
      } else {
        d.fma(fromMemorySegment(FLOAT, weight, 4 * c, ORDER).add(weightOffset), rest)
            .intoMemorySegment(dX, 4 * (start + c), ORDER);
      }
    }
    for (; c < cols; c++) {
      float w = weight == null ? 1 : get(weight, c) + weightOffset;
      set(
          dX,
          start + c,
          get(dY, start + c) * scale * w + ((get(x, start + c) - mu) * slope + shift));
    }
  }

  /** out += dY of a row. */
  private static void addRow(MemorySegment out, MemorySegment dY, Row row) {
    long start = row.start, cols = row.cols;
    long c = 0;
    for (long bound = FLOAT.loopBound(cols); c < bound; c += LANES) {
      fromMemorySegment(FLOAT, out, 4 * c, ORDER)
          .add(fromMemorySegment(FLOAT, dY, 4 * (start + c), ORDER))
          .intoMemorySegment(out, 4 * c, ORDER);
    }
    for (; c < cols; c++) {
      set(out, c, get(out, c) + get(dY, start + c));
    }
  }

  /** out += dY (x - mean) scale of a row. */
  private static void addNormalTimes(
      MemorySegment out, MemorySegment x, MemorySegment dY, Row row) {
    long start = row.start, cols = row.cols;
    float mu = row.mean, scale = row.scale;
    long c = 0;
    for (long bound = FLOAT.loopBound(cols); c < bound; c += LANES) {
      FloatVector normal = fromMemorySegment(FLOAT, x, 4 * (start + c), ORDER).sub(mu).mul(scale);
      normal
          .fma(
              fromMemorySegment(FLOAT, dY, 4 * (start + c), ORDER),
              fromMemorySegment(FLOAT, out, 4 * c, ORDER))
          .intoMemorySegment(out, 4 * c, ORDER);
    }
    for (; c < cols; c++) {
      set(out, c, get(out, c) + (get(x, start + c) - mu) * scale * get(dY, start + c));
    }
  }
}
