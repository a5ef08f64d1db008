package dev.rapt.autograd.loss;

import dev.rapt.kernel.SoftmaxKernel;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.Tensor;

/** Class ids as targets, where -100 is ignored. */
final class ClassTargets {
  private ClassTargets() {}

  /** Requires one target for each row, -100 or the id of a class. */
  static Tensor require(Tensor targets, long rows, long numClasses) {
    targets.requireType(DType.I32);
    if (targets.numElements() != rows) {
      throw new IllegalArgumentException(
          "cross entropy: needs one target for each of %d rows, got %s"
              .formatted(rows, targets.shape()));
    }
    for (long i = 0; i < rows; i++) {
      int target = targets.getInt(i);
      if (target != SoftmaxKernel.IGNORED && (target < 0 || target >= numClasses)) {
        throw new IllegalArgumentException(
            "cross entropy: targets must be -100 or in [0, %d), got %d at index %d"
                .formatted(numClasses, target, i));
      }
    }
    return targets;
  }

  /** Returns the denominator, or the number of targets that are not ignored if it is 0. */
  static double divisor(Tensor targets, double denominator) {
    if (denominator != 0) {
      return denominator;
    }
    long count = 0;
    for (long i = 0; i < targets.numElements(); i++) {
      if (targets.getInt(i) != SoftmaxKernel.IGNORED) {
        count++;
      }
    }
    return count;
  }
}
