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
  @Override
  public void layerNorm(
      MemorySegment out, MemorySegment x, LayerNorm norm, Moments moments, long rows) {
    MemorySegment weight = norm.weight(), bias = norm.bias();
    MemorySegment mean = moments.mean(), rstd = moments.rstd();
    long cols = norm.cols();
    float eps = norm.eps();
    long r = 0;
    if (weight != null && bias != null) {
      for (; r + LayerNormGroup.ROWS <= rows; r += LayerNormGroup.ROWS) {
        LayerNormGroup.forward(out, x, weight, bias, mean, rstd, r, cols, eps);
      }
    }
    for (; r < rows; r++) {
      long row = r * cols;
      float mu = (float) (sum(x, row, cols) / cols);
      float scale = (float) (1 / Math.sqrt(sumOfSquares(x, row, cols, mu) / cols + eps));
      normalise(out, x, weight, bias, row, cols, mu, scale);
      set(mean, r, mu);
      set(rstd, r, scale);
    }
  }

  private static void normalise(
      MemorySegment out,
      MemorySegment x,
      @Nullable MemorySegment weight,
      @Nullable MemorySegment bias,
      long row,
      long cols,
      float mu,
      float scale) {
    long c = 0;
    for (long bound = FLOAT.loopBound(cols); c < bound; c += LANES) {
      FloatVector v = fromMemorySegment(FLOAT, x, 4 * (row + c), ORDER).sub(mu).mul(scale);
      if (weight == null) {
        (bias == null ? v : v.add(fromMemorySegment(FLOAT, bias, 4 * c, ORDER)))
            .intoMemorySegment(out, 4 * (row + c), ORDER);
      } else if (bias == null) {
        v.mul(fromMemorySegment(FLOAT, weight, 4 * c, ORDER))
            .intoMemorySegment(out, 4 * (row + c), ORDER);
      } else {
        v.fma(
                fromMemorySegment(FLOAT, weight, 4 * c, ORDER),
                fromMemorySegment(FLOAT, bias, 4 * c, ORDER))
            .intoMemorySegment(out, 4 * (row + c), ORDER);
      }
    }
    for (; c < cols; c++) {
      float v = (get(x, row + c) - mu) * scale * (weight == null ? 1 : get(weight, c));
      set(out, row + c, bias == null ? v : v + get(bias, c));
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
    MemorySegment dX = gradients.dX(), dWeight = gradients.dWeight(), dBias = gradients.dBias();
    MemorySegment weight = norm.weight();
    MemorySegment mean = moments.mean(), rstd = moments.rstd();
    long cols = norm.cols();
    long summed = 0;
    if (dBias != null && dWeight != null) {
      for (; summed + LayerNormGroup.ROWS <= rows; summed += LayerNormGroup.ROWS) {
        LayerNormGroup.addToWeights(dWeight, dBias, x, mean, rstd, dY, summed, cols);
      }
    }
    for (long r = 0; r < rows; r++) {
      long row = r * cols;
      float mu = get(mean, r);
      float scale = get(rstd, r);
      if (dBias != null && r >= summed) {
        addRow(dBias, dY, row, cols);
      }
      if (dWeight != null && r >= summed) {
        addNormalTimes(dWeight, x, dY, row, cols, mu, scale);
      }
      float meanG = (float) (dot(dY, row, weight, 0, cols) / cols);
      float meanGX = (float) (dotNormal(x, dY, weight, 0, row, cols, mu, scale) / cols);
      project(dX, x, weight, 0, dY, row, cols, mu, scale, meanG, meanGX);
    }
  }

  @Override
  public void rmsNorm(
      MemorySegment out, MemorySegment x, RmsNorm norm, MemorySegment rstd, long rows) {
    MemorySegment weight = norm.weight();
    float weightOffset = norm.weightOffset();
    long cols = norm.cols();
    float eps = norm.eps();
    for (long r = 0; r < rows; r++) {
      long row = r * cols;
      float scale = (float) (1 / Math.sqrt(sumOfSquares(x, row, cols, 0) / cols + eps));
      scaleRow(out, x, weight, weightOffset, row, cols, scale);
      set(rstd, r, scale);
    }
  }

  private static void scaleRow(
      MemorySegment out,
      MemorySegment x,
      @Nullable MemorySegment weight,
      float weightOffset,
      long row,
      long cols,
      float scale) {
    long c = 0;
    for (long bound = FLOAT.loopBound(cols); c < bound; c += LANES) {
      FloatVector v = fromMemorySegment(FLOAT, x, 4 * (row + c), ORDER).mul(scale);
      if (weight == null) {
        v.intoMemorySegment(out, 4 * (row + c), ORDER);
      } else {
        v.mul(fromMemorySegment(FLOAT, weight, 4 * c, ORDER).add(weightOffset))
            .intoMemorySegment(out, 4 * (row + c), ORDER);
      }
    }
    for (; c < cols; c++) {
      float w = weight == null ? 1 : get(weight, c) + weightOffset;
      set(out, row + c, get(x, row + c) * scale * w);
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
    MemorySegment dX = gradients.dX(), dWeight = gradients.dWeight();
    MemorySegment weight = norm.weight();
    float weightOffset = norm.weightOffset();
    long cols = norm.cols();
    for (long r = 0; r < rows; r++) {
      long row = r * cols;
      float scale = get(rstd, r);
      if (dWeight != null) {
        addNormalTimes(dWeight, x, dY, row, cols, 0, scale);
      }
      float meanGX = (float) (dotNormal(x, dY, weight, weightOffset, row, cols, 0, scale) / cols);
      project(dX, x, weight, weightOffset, dY, row, cols, 0, scale, 0, meanGX);
    }
  }

  private static double sum(MemorySegment x, long row, long cols) {
    FloatVector a = FloatVector.zero(FLOAT);
    FloatVector b = a;
    long c = 0;
    for (; c + 2 * LANES <= cols; c += 2 * LANES) {
      a = a.add(fromMemorySegment(FLOAT, x, 4 * (row + c), ORDER));
      b = b.add(fromMemorySegment(FLOAT, x, 4 * (row + c + LANES), ORDER));
    }
    double rest = 0;
    for (; c < cols; c++) {
      rest += get(x, row + c);
    }
    return rest + Lanes.sum(a.add(b));
  }

  /** Sum of (x - mu)^2. */
  private static double sumOfSquares(MemorySegment x, long row, long cols, float mu) {
    FloatVector a = FloatVector.zero(FLOAT);
    FloatVector b = a;
    long c = 0;
    for (; c + 2 * LANES <= cols; c += 2 * LANES) {
      FloatVector x0 = fromMemorySegment(FLOAT, x, 4 * (row + c), ORDER).sub(mu);
      FloatVector x1 = fromMemorySegment(FLOAT, x, 4 * (row + c + LANES), ORDER).sub(mu);
      a = x0.fma(x0, a);
      b = x1.fma(x1, b);
    }
    double rest = 0;
    for (; c < cols; c++) {
      double d = get(x, row + c) - mu;
      rest += d * d;
    }
    return rest + Lanes.sum(a.add(b));
  }

  /** Sum of dY weight. */
  private static double dot(
      MemorySegment dY, long row, @Nullable MemorySegment weight, float weightOffset, long cols) {
    if (weight == null) {
      return sum(dY, row, cols);
    }
    FloatVector a = FloatVector.zero(FLOAT);
    FloatVector b = a;
    long c = 0;
    for (; c + 2 * LANES <= cols; c += 2 * LANES) {
      a =
          fromMemorySegment(FLOAT, dY, 4 * (row + c), ORDER)
              .fma(fromMemorySegment(FLOAT, weight, 4 * c, ORDER).add(weightOffset), a);
      b =
          fromMemorySegment(FLOAT, dY, 4 * (row + c + LANES), ORDER)
              .fma(fromMemorySegment(FLOAT, weight, 4 * (c + LANES), ORDER).add(weightOffset), b);
    }
    double rest = 0;
    for (; c < cols; c++) {
      rest += (double) get(dY, row + c) * (get(weight, c) + weightOffset);
    }
    return rest + Lanes.sum(a.add(b));
  }

  /** Sum of dY (weight + weightOffset) (x - mu) scale. */
  private static double dotNormal(
      MemorySegment x,
      MemorySegment dY,
      @Nullable MemorySegment weight,
      float weightOffset,
      long row,
      long cols,
      float mu,
      float scale) {
    return weight == null
        ? scale * dotCentred(x, dY, row, cols, mu)
        : scale * dotCentred(x, dY, weight, weightOffset, row, cols, mu);
  }

  private static double dotCentred(
      MemorySegment x, MemorySegment dY, long row, long cols, float mu) {
    FloatVector a = FloatVector.zero(FLOAT);
    FloatVector b = a;
    long c = 0;
    for (; c + 2 * LANES <= cols; c += 2 * LANES) {
      a =
          fromMemorySegment(FLOAT, x, 4 * (row + c), ORDER)
              .sub(mu)
              .fma(fromMemorySegment(FLOAT, dY, 4 * (row + c), ORDER), a);
      b =
          fromMemorySegment(FLOAT, x, 4 * (row + c + LANES), ORDER)
              .sub(mu)
              .fma(fromMemorySegment(FLOAT, dY, 4 * (row + c + LANES), ORDER), b);
    }
    double rest = 0;
    for (; c < cols; c++) {
      rest += (double) (get(x, row + c) - mu) * get(dY, row + c);
    }
    return rest + Lanes.sum(a.add(b));
  }

  private static double dotCentred(
      MemorySegment x,
      MemorySegment dY,
      MemorySegment weight,
      float weightOffset,
      long row,
      long cols,
      float mu) {
    FloatVector a = FloatVector.zero(FLOAT);
    FloatVector b = a;
    long c = 0;
    for (; c + 2 * LANES <= cols; c += 2 * LANES) {
      FloatVector g0 =
          fromMemorySegment(FLOAT, dY, 4 * (row + c), ORDER)
              .mul(fromMemorySegment(FLOAT, weight, 4 * c, ORDER).add(weightOffset));
      FloatVector g1 =
          fromMemorySegment(FLOAT, dY, 4 * (row + c + LANES), ORDER)
              .mul(fromMemorySegment(FLOAT, weight, 4 * (c + LANES), ORDER).add(weightOffset));
      a = fromMemorySegment(FLOAT, x, 4 * (row + c), ORDER).sub(mu).fma(g0, a);
      b = fromMemorySegment(FLOAT, x, 4 * (row + c + LANES), ORDER).sub(mu).fma(g1, b);
    }
    double rest = 0;
    for (; c < cols; c++) {
      double g = (double) get(dY, row + c) * (get(weight, c) + weightOffset);
      rest += (get(x, row + c) - mu) * g;
    }
    return rest + Lanes.sum(a.add(b));
  }

  /** dX = scale (dY (weight + weightOffset) - meanG - (x - mu) scale meanGX). */
  private static void project(
      MemorySegment dX,
      MemorySegment x,
      @Nullable MemorySegment weight,
      float weightOffset,
      MemorySegment dY,
      long row,
      long cols,
      float mu,
      float scale,
      float meanG,
      float meanGX) {
    // scale g + slope (x - mu) + shift
    float slope = -scale * scale * meanGX;
    float shift = -scale * meanG;
    long c = 0;
    for (long bound = FLOAT.loopBound(cols); c < bound; c += LANES) {
      FloatVector rest =
          fromMemorySegment(FLOAT, x, 4 * (row + c), ORDER).sub(mu).mul(slope).add(shift);
      FloatVector d = fromMemorySegment(FLOAT, dY, 4 * (row + c), ORDER).mul(scale);
      if (weight == null) {
        d.add(rest).intoMemorySegment(dX, 4 * (row + c), ORDER);
      } else {
        d.fma(fromMemorySegment(FLOAT, weight, 4 * c, ORDER).add(weightOffset), rest)
            .intoMemorySegment(dX, 4 * (row + c), ORDER);
      }
    }
    for (; c < cols; c++) {
      float w = weight == null ? 1 : get(weight, c) + weightOffset;
      set(dX, row + c, get(dY, row + c) * scale * w + ((get(x, row + c) - mu) * slope + shift));
    }
  }

  /** out += dY of a row. */
  private static void addRow(MemorySegment out, MemorySegment dY, long row, long cols) {
    long c = 0;
    for (long bound = FLOAT.loopBound(cols); c < bound; c += LANES) {
      fromMemorySegment(FLOAT, out, 4 * c, ORDER)
          .add(fromMemorySegment(FLOAT, dY, 4 * (row + c), ORDER))
          .intoMemorySegment(out, 4 * c, ORDER);
    }
    for (; c < cols; c++) {
      set(out, c, get(out, c) + get(dY, row + c));
    }
  }

  /** out += dY (x - mu) scale of a row. */
  private static void addNormalTimes(
      MemorySegment out,
      MemorySegment x,
      MemorySegment dY,
      long row,
      long cols,
      float mu,
      float scale) {
    long c = 0;
    for (long bound = FLOAT.loopBound(cols); c < bound; c += LANES) {
      FloatVector normal = fromMemorySegment(FLOAT, x, 4 * (row + c), ORDER).sub(mu).mul(scale);
      normal
          .fma(
              fromMemorySegment(FLOAT, dY, 4 * (row + c), ORDER),
              fromMemorySegment(FLOAT, out, 4 * c, ORDER))
          .intoMemorySegment(out, 4 * c, ORDER);
    }
    for (; c < cols; c++) {
      set(out, c, get(out, c) + (get(x, row + c) - mu) * scale * get(dY, row + c));
    }
  }
}
