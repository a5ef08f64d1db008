package dev.rapt.kernel;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/** Layer norm (arXiv:1607.06450) and RMS norm (arXiv:1910.07467) over rows of f32 values. */
public interface NormKernel {
  /**
   * Parameters of layer norm.
   *
   * @param weight (cols), or null for ones
   * @param bias (cols), or null for zeros
   * @param eps added to the variance
   */
  record LayerNorm(
      @Nullable MemorySegment weight, @Nullable MemorySegment bias, long cols, float eps) {}

  /**
   * Parameters of RMS norm.
   *
   * @param weight (cols), or null for ones
   * @param weightOffset added to every weight: 1 in Gemma, 0 elsewhere
   * @param eps added to the mean of squares
   */
  record RmsNorm(@Nullable MemorySegment weight, float weightOffset, long cols, float eps) {}

  /**
   * Mean and reciprocal standard deviation of each row, kept for the backward pass.
   *
   * @param mean (rows)
   * @param rstd (rows), reciprocal standard deviations
   */
  record Moments(MemorySegment mean, MemorySegment rstd) {}

  /**
   * Outputs of the backward pass.
   *
   * @param dX (rows, cols), overwritten; may be dY
   * @param dWeight (cols), added to; null if not needed
   * @param dBias (cols), added to; null if not needed. RMS norm has none
   */
  record Gradients(
      MemorySegment dX, @Nullable MemorySegment dWeight, @Nullable MemorySegment dBias) {}

  /**
   * out[r, c] = (x[r, c] - mean[r]) rstd[r] weight[c] + bias[c], rstd = 1 / sqrt(variance + eps)
   * with the biased variance.
   *
   * @param out (rows, cols), may be x
   * @param x (rows, cols)
   * @param moments written
   */
  void layerNorm(MemorySegment out, MemorySegment x, LayerNorm norm, Moments moments, long rows);

  /**
   * Gradients of {@link #layerNorm}.
   *
   * @param moments written by the forward pass
   */
  void layerNormBackward(
      Gradients gradients,
      MemorySegment x,
      MemorySegment dY,
      LayerNorm norm,
      Moments moments,
      long rows);

  /**
   * out[r, c] = x[r, c] rstd[r] (weight[c] + weightOffset), rstd = 1 / sqrt(mean(x[r, :]^2) + eps).
   *
   * @param out (rows, cols), may be x
   * @param x (rows, cols)
   * @param rstd (rows), written
   */
  void rmsNorm(MemorySegment out, MemorySegment x, RmsNorm norm, MemorySegment rstd, long rows);

  /**
   * Gradients of {@link #rmsNorm}.
   *
   * @param rstd (rows), written by the forward pass
   */
  void rmsNormBackward(
      Gradients gradients,
      MemorySegment x,
      MemorySegment dY,
      RmsNorm norm,
      MemorySegment rstd,
      long rows);
}
