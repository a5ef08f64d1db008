package dev.rapt.kernel.scalar;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.rapt.kernel.NormKernel;
import java.lang.foreign.MemorySegment;

/** Scalar layer norm and RMS norm; statistics and sums are kept in f64. */
public final class ScalarNorm implements NormKernel {
  @Override
  public void layerNorm(
      MemorySegment out, MemorySegment x, LayerNorm norm, Moments moments, long rows) {
    MemorySegment weight = norm.weight(), bias = norm.bias();
    MemorySegment mean = moments.mean(), rstd = moments.rstd();
    long cols = norm.cols();
    float eps = norm.eps();
    for (long r = 0; r < rows; r++) {
      long row = r * cols;
      double sum = 0;
      for (long c = 0; c < cols; c++) {
        sum += get(x, row + c);
      }
      double mu = sum / cols;
      double squares = 0;
      for (long c = 0; c < cols; c++) {
        double d = get(x, row + c) - mu;
        squares += d * d;
      }
      double scale = 1 / Math.sqrt(squares / cols + eps);
      for (long c = 0; c < cols; c++) {
        double w = weight == null ? 1 : get(weight, c);
        double b = bias == null ? 0 : get(bias, c);
        set(out, row + c, (get(x, row + c) - mu) * scale * w + b);
      }
      set(mean, r, mu);
      set(rstd, r, scale);
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
    for (long r = 0; r < rows; r++) {
      long row = r * cols;
      double mu = get(mean, r);
      double scale = get(rstd, r);
      double sumG = 0; // of g = dY weight
      double sumGX = 0; // of g times the normalised x
      for (long c = 0; c < cols; c++) {
        double g = get(dY, row + c) * (weight == null ? 1 : get(weight, c));
        sumG += g;
        sumGX += g * (get(x, row + c) - mu) * scale;
      }
      for (long c = 0; c < cols; c++) {
        double d = get(dY, row + c);
        double normal = (get(x, row + c) - mu) * scale;
        double g = d * (weight == null ? 1 : get(weight, c));
        if (dWeight != null) {
          set(dWeight, c, get(dWeight, c) + d * normal);
        }
        if (dBias != null) {
          set(dBias, c, get(dBias, c) + d);
        }
        set(dX, row + c, scale * (g - sumG / cols - normal * sumGX / cols));
      }
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
      double squares = 0;
      for (long c = 0; c < cols; c++) {
        double v = get(x, row + c);
        squares += v * v;
      }
      double scale = 1 / Math.sqrt(squares / cols + eps);
      for (long c = 0; c < cols; c++) {
        double w = weight == null ? 1 : get(weight, c) + weightOffset;
        set(out, row + c, get(x, row + c) * scale * w);
      }
      set(rstd, r, scale);
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
      double scale = get(rstd, r);
      double sumGX = 0; // of g = dY (weight + weightOffset) times the normalised x
      for (long c = 0; c < cols; c++) {
        double w = weight == null ? 1 : get(weight, c) + weightOffset;
        sumGX += get(dY, row + c) * w * get(x, row + c) * scale;
      }
      for (long c = 0; c < cols; c++) {
        double w = weight == null ? 1 : get(weight, c) + weightOffset;
        double d = get(dY, row + c);
        double normal = get(x, row + c) * scale;
        if (dWeight != null) {
          set(dWeight, c, get(dWeight, c) + d * normal);
        }
        set(dX, row + c, scale * (d * w - normal * sumGX / cols));
      }
    }
  }

  /** Reads an f32 as f64, so that all arithmetic here is in f64. */
  private static double get(MemorySegment x, long i) {
    return x.getAtIndex(JAVA_FLOAT, i);
  }

  private static void set(MemorySegment out, long i, double value) {
    out.setAtIndex(JAVA_FLOAT, i, (float) value);
  }
}
