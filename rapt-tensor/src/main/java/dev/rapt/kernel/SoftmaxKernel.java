package dev.rapt.kernel;

import java.lang.foreign.MemorySegment;

/**
 * Softmax and cross entropy over rows of f32 logits. Logits of -infinity have probability 0; a row
 * that holds NaN or +infinity, or nothing but -infinity, gives NaN.
 */
public interface SoftmaxKernel {
  /** out[r, :] = softmax(x[r, :]); x (rows, cols), out may be x. */
  void softmax(MemorySegment out, MemorySegment x, long rows, long cols);

  /** out[r, :] = log softmax(x[r, :]); x (rows, cols), out may be x. */
  void logSoftmax(MemorySegment out, MemorySegment x, long rows, long cols);

  /**
   * Computes the cross entropy of each row against its target and overwrites the logits by its
   * gradient.
   *
   * <p>With log-sum-exp z of row r: losses[r] = (1 - smoothing) (z - x[r, target]) + smoothing (z -
   * mean(x[r, :])). A row whose target is {@link #IGNORED} has loss 0 and gradient 0.
   *
   * @param logits (rows, cols); overwritten by gradScale d losses[r] / d logits when gradScale is
   *     not 0, unchanged otherwise
   * @param targets (rows) i32
   * @param losses (rows) f32, written
   * @param smoothing label smoothing in [0, 1)
   * @param gradScale factor of the gradient, usually 1 / number of targets; 0 computes losses only
   * @throws IllegalArgumentException if a target is neither in [0, cols) nor {@link #IGNORED}
   */
  void crossEntropy(
      MemorySegment logits,
      MemorySegment targets,
      MemorySegment losses,
      long rows,
      long cols,
      float smoothing,
      float gradScale);

  /** Target value of rows that are left out of the loss. */
  int IGNORED = -100;

  /**
   * Checks that a target is the index of a column.
   *
   * @throws IllegalArgumentException if the target is not in [0, cols)
   */
  static void requireTarget(int target, long row, long cols) {
    if (target < 0 || target >= cols) {
      throw new IllegalArgumentException(
          "cross entropy: targets must be in [0, %d) or be %d, got %d in row %d"
              .formatted(cols, IGNORED, target, row));
    }
  }
}
