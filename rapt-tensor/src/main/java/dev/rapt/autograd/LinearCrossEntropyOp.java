package dev.rapt.autograd;

import dev.rapt.compute.KernelChoice;
import dev.rapt.compute.Matmul;
import dev.rapt.kernel.Matrix;
import dev.rapt.kernel.SoftmaxKernel;
import dev.rapt.kernel.Workers;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * The head of a language model and its loss in one: loss = mean cross entropy of x W^T.
 *
 * <p>Logits exist for {@link #CHUNK_BYTES} worth of rows at a time. The gradients of x and W are
 * computed with them, as if that of the loss were 1, and scaled in the backward pass if it is not;
 * so no product is computed twice.
 */
record LinearCrossEntropyOp(Tensor x, Tensor weight, @Nullable Tensor dX, @Nullable Tensor dWeight)
    implements Op {
  private static final SoftmaxKernel KERNEL = KernelChoice.kernels().softmax();

  /** Logits held at once, in bytes: large enough that the products run at full speed. */
  private static final long CHUNK_BYTES = 32L << 20;

  static Tensor apply(Tensor x, Tensor weight, Tensor targets, float smoothing, long denominator) {
    long rows = x.numRows();
    long V = weight.dim(0);
    CrossEntropyOp.requireTargets(targets, rows, V);
    Scope scope = Scope.innermost(x, weight, targets);
    boolean wantsGradient = Tape.records(scope, x, weight);
    long count = denominator > 0 ? denominator : CrossEntropyOp.countTargets(targets);
    float gradScale = wantsGradient && count > 0 ? 1f / count : 0;

    Tensor losses = scope.empty(DType.F32, rows);
    Tensor dX = wantsGradient && x.isTracked() ? scope.empty(x.dtype(), x.shape()) : null;
    Tensor dWeight =
        wantsGradient && weight.isTracked() ? scope.empty(DType.F32, weight.shape()) : null;
    long chunk = Math.clamp(CHUNK_BYTES / Math.max(1, V * Float.BYTES), 16, Math.max(16, rows));
    DType productType = x.dtype();
    Tensor logits = scope.empty(DType.F32, Math.min(chunk, rows), V);
    Tensor narrow = productType == DType.F32 ? logits : scope.empty(productType, logits.shape());
    Matrix w = Matrix.of(weight.memory(), weight.dtype(), V, weight.dim(1));
    for (long from = 0; from < rows; from += chunk) {
      long to = Math.min(rows, from + chunk);
      Matrix xRows = LinearOp.rows(x).rows(from, to);
      Matrix chunkLogits = LinearOp.rows(logits).rows(0, to - from);
      Matmul.multiply(xRows, w.transposed(), null, chunkLogits, false);
      long first = from;
      Workers.shared()
          .forRange(
              to - from,
              1,
              (a, b) ->
                  KERNEL.crossEntropy(
                      logits.memory().asSlice(a * V * Float.BYTES, (b - a) * V * Float.BYTES),
                      targets.memory().asSlice((first + a) * Integer.BYTES),
                      losses.memory().asSlice((first + a) * Float.BYTES),
                      b - a,
                      V,
                      smoothing,
                      gradScale));
      if (wantsGradient) {
        if (narrow != logits) {
          Arithmetic.copy(narrow, logits);
        }
        Matrix dLogits = LinearOp.rows(narrow).rows(0, to - from);
        if (dX != null) {
          Matmul.multiply(dLogits, w, null, LinearOp.rows(dX).rows(from, to), false);
        }
        if (dWeight != null) {
          Matmul.multiply(dLogits.transposed(), xRows, null, LinearOp.rows(dWeight), from > 0);
        }
      }
    }
    Tensor loss = CrossEntropyOp.scalar(scope, CrossEntropyOp.sum(losses) / count);
    scope.release(logits);
    if (narrow != logits) {
      scope.release(narrow);
    }
    return Tape.record(new LinearCrossEntropyOp(x, weight, dX, dWeight), loss, x, weight);
  }

  @Override
  public void backward(Tensor dOut, Backward gradients) {
    float scale = dOut.getFloat(0);
    give(x, dX, scale, gradients);
    give(weight, dWeight, scale, gradients);
  }

  private static void give(
      Tensor operand, @Nullable Tensor gradient, float scale, Backward gradients) {
    if (gradient == null) {
      return;
    }
    if (scale != 1) {
      Arithmetic.scale(gradient, gradient, scale);
    }
    gradients.add(operand, gradient);
  }
}
