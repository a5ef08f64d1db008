package dev.rapt.kernel.scalar;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import dev.rapt.kernel.SoftmaxKernel;
import java.lang.foreign.MemorySegment;

/** Scalar softmax and cross entropy; sums are kept in f64. */
public final class ScalarSoftmax implements SoftmaxKernel {
  @Override
  public void softmax(MemorySegment out, MemorySegment x, long rows, long cols) {
    for (long r = 0; r < rows; r++) {
      long row = r * cols;
      double max = max(x, row, cols);
      double logSum = logSum(x, row, cols, max);
      for (long c = 0; c < cols; c++) {
        set(out, row + c, Math.exp(get(x, row + c) - max - logSum));
      }
    }
  }

  @Override
  public void logSoftmax(MemorySegment out, MemorySegment x, long rows, long cols) {
    for (long r = 0; r < rows; r++) {
      long row = r * cols;
      double max = max(x, row, cols);
      double logSum = logSum(x, row, cols, max);
      for (long c = 0; c < cols; c++) {
        set(out, row + c, get(x, row + c) - max - logSum);
      }
    }
  }

  @Override
  public void crossEntropy(
      MemorySegment logits,
      MemorySegment targets,
      MemorySegment losses,
      long rows,
      long cols,
      float smoothing,
      float gradScale) {
    for (long r = 0; r < rows; r++) {
      long row = r * cols;
      int target = targets.getAtIndex(JAVA_INT, r);
      if (target == IGNORED) {
        set(losses, r, 0);
        for (long c = 0; gradScale != 0 && c < cols; c++) {
          set(logits, row + c, 0);
        }
        continue;
      }
      SoftmaxKernel.requireTarget(target, r, cols);
      double max = max(logits, row, cols);
      double logSum = logSum(logits, row, cols, max);
      double loss = (1 - smoothing) * (logSum - (get(logits, row + target) - max));
      if (smoothing != 0) {
        loss += smoothing * (logSum - (mean(logits, row, cols) - max));
      }
      set(losses, r, loss);
      for (long c = 0; gradScale != 0 && c < cols; c++) {
        double wanted = (c == target ? 1 - smoothing : 0) + smoothing / cols;
        set(logits, row + c, gradScale * (Math.exp(get(logits, row + c) - max - logSum) - wanted));
      }
    }
  }

  private static double max(MemorySegment x, long row, long cols) {
    double max = Double.NEGATIVE_INFINITY;
    for (long c = 0; c < cols; c++) {
      max = Math.max(max, get(x, row + c));
    }
    return max;
  }

  /**
   * Log of the sum of exp(x - max). It is not added to max here, since rounding could then lose it.
   */
  private static double logSum(MemorySegment x, long row, long cols, double max) {
    double sum = 0;
    for (long c = 0; c < cols; c++) {
      sum += Math.exp(get(x, row + c) - max);
    }
    return Math.log(sum);
  }

  private static double mean(MemorySegment x, long row, long cols) {
    double sum = 0;
    for (long c = 0; c < cols; c++) {
      sum += get(x, row + c);
    }
    return sum / cols;
  }

  /** Reads an f32 as f64, so that all arithmetic here is in f64. */
  private static double get(MemorySegment x, long i) {
    return x.getAtIndex(JAVA_FLOAT, i);
  }

  private static void set(MemorySegment out, long i, double value) {
    out.setAtIndex(JAVA_FLOAT, i, (float) value);
  }
}
