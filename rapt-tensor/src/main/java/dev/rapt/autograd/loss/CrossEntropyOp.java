package dev.rapt.autograd.loss;

import dev.rapt.autograd.Backward;
import dev.rapt.autograd.LossOp;
import dev.rapt.autograd.Tape;
import dev.rapt.compute.KernelChoice;
import dev.rapt.compute.rows.Arithmetic;
import dev.rapt.compute.rows.Rows;
import dev.rapt.kernel.SoftmaxKernel;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import java.lang.foreign.ValueLayout;

/** Mean cross entropy over the rows whose target is not -100. */
record CrossEntropyOp(Tensor logits, Tensor dLogits) implements LossOp {
  private static final SoftmaxKernel KERNEL = KernelChoice.kernels().softmax();

  static Tensor apply(Tensor logits, Tensor targets, float smoothing, long denominator) {
    long rows = logits.numRows();
    long V = logits.lastDim();
    requireTargets(targets, rows, V);
    Scope scope = Scope.innermost(logits, targets);
    Tensor work = scope.empty(DType.F32, logits.shape());
    Tensor losses = scope.empty(DType.F32, rows);
    Arithmetic.copy(work, logits);
    long count = countTargets(targets);
    long divisor = denominator == 0 ? count : denominator;
    float gradScale = Tape.records(scope, logits) && count > 0 ? 1f / divisor : 0;
    Rows.forRows(
        rows,
        V,
        block ->
            KERNEL.crossEntropy(
                block.out(work),
                block.perRow(targets),
                block.perRow(losses),
                block.rows(),
                V,
                smoothing,
                gradScale));
    Tensor loss = scalar(scope, sum(losses) / divisor);
    return Tape.record(new CrossEntropyOp(logits, work), loss, logits);
  }

  static Tensor scalar(Scope scope, double value) {
    Tensor scalar = scope.empty(DType.F32);
    scalar.memory().set(ValueLayout.JAVA_FLOAT, 0, (float) value);
    return scalar;
  }

  static double sum(Tensor losses) {
    double sum = 0;
    for (long i = 0; i < losses.numElements(); i++) {
      sum += losses.getFloat(i);
    }
    return sum;
  }

  static long countTargets(Tensor targets) {
    long count = 0;
    for (long i = 0; i < targets.numElements(); i++) {
      if (targets.getInt(i) != SoftmaxKernel.IGNORED) {
        count++;
      }
    }
    return count;
  }

  static void requireTargets(Tensor targets, long rows, long numClasses) {
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
  }

  @Override
  public void backward(Tensor dOut, Backward gradients) {
    Tensor dX = gradients.tape().empty(DType.F32, logits.shape());
    Arithmetic.scale(dX, dLogits, dOut.getFloat(0));
    gradients.addWide(logits, dX);
  }
}
