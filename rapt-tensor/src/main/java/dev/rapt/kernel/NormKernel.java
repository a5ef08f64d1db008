package dev.rapt.kernel;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/** Layer norm (arXiv:1607.06450) and RMS norm (arXiv:1910.07467) over rows of f32 values. */
public interface NormKernel {
  /**
   * out[r, c] = (x[r, c] - mean[r]) rstd[r] weight[c] + bias[c], rstd = 1 / sqrt(variance + eps)
   * with the biased variance.
   *
   * @param out (rows, cols), may be x
   * @param x (rows, cols)
   * @param weight (cols), or null for ones
   * @param bias (cols), or null for zeros
   * @param mean (rows), written
   * @param rstd (rows), written
   */
  void layerNorm(
      MemorySegment out,
      MemorySegment x,
      @Nullable MemorySegment weight,
      @Nullable MemorySegment bias,
      MemorySegment mean,
      MemorySegment rstd,
      long rows,
      long cols,
      float eps);

  /**
   * Gradients of {@link #layerNorm}; dX is overwritten, dWeight and dBias (cols) are added to.
   *
   * @param dX (rows, cols), may be dY
   */
  void layerNormBackward(
      MemorySegment dX,
      @Nullable MemorySegment dWeight,
      @Nullable MemorySegment dBias,
      MemorySegment x,
      @Nullable MemorySegment weight,
      MemorySegment mean,
      MemorySegment rstd,
      MemorySegment dY,
      long rows,
      long cols);

  /**
   * out[r, c] = x[r, c] rstd[r] (weight[c] + weightOffset), rstd = 1 / sqrt(mean(x[r, :]^2) + eps).
   *
   * @param weight (cols), or null for ones
   * @param weightOffset added to every weight: 1 in Gemma, 0 elsewhere
   * @param rstd (rows), written
   */
  void rmsNorm(
      MemorySegment out,
      MemorySegment x,
      @Nullable MemorySegment weight,
      float weightOffset,
      MemorySegment rstd,
      long rows,
      long cols,
      float eps);

  /** Gradients of {@link #rmsNorm}; dX is overwritten and may be dY, dWeight (cols) is added to. */
  void rmsNormBackward(
      MemorySegment dX,
      @Nullable MemorySegment dWeight,
      MemorySegment x,
      @Nullable MemorySegment weight,
      float weightOffset,
      MemorySegment rstd,
      MemorySegment dY,
      long rows,
      long cols);
}
