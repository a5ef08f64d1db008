package dev.rapt.autograd.loss;

import dev.rapt.autograd.Backward;
import dev.rapt.autograd.LossOp;
import dev.rapt.autograd.Tape;
import dev.rapt.compute.KernelChoice;
import dev.rapt.compute.Matmul;
import dev.rapt.compute.rows.Arithmetic;
import dev.rapt.compute.rows.Partials;
import dev.rapt.compute.rows.SoftCap;
import dev.rapt.kernel.Kernels;
import dev.rapt.kernel.Matrix;
import dev.rapt.kernel.Workers;
import dev.rapt.kernel.Workspace;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * Fused cross entropy: a language-model head and the mean cross entropy of its logits as one
 * operation.
 *
 * <p>Rows are processed in chunks of {@link #CHUNK_BYTES} of logits, so the logits never exist as a
 * whole. The gradients of x, W and b are computed together with the loss of a chunk, for a loss
 * gradient of 1, and are scaled in the backward pass if it is another. So no matrix product is
 * computed twice.
 */
record LinearCrossEntropyOp(
    Tensor x,
    LinearHead head,
    @Nullable Tensor dX,
    @Nullable Tensor dWeight,
    @Nullable Tensor dBias)
    implements LossOp {
  private static final Kernels KERNELS = KernelChoice.kernels();

  /** Size of a chunk of logits in bytes: large enough for matrix products at full speed. */
  private static final long CHUNK_BYTES = 32L << 20;

  static Tensor apply(
      Tensor x, LinearHead head, Tensor targets, float smoothing, long denominator) {
    Tensor weight = head.weight();
    Tensor bias = head.bias();
    long rows = x.numRows();
    long V = weight.dim(0);
    CrossEntropyOp.requireTargets(targets, rows, V);
    Scope scope = Scope.innermost(x, weight, bias, targets);
    boolean wantsGradient = Tape.records(scope, x, weight, bias);
    long count = denominator > 0 ? denominator : CrossEntropyOp.countTargets(targets);
    float gradScale = wantsGradient && count > 0 ? 1f / count : 0;

    Tensor losses = scope.empty(DType.F32, rows);
    Tensor dX = wantsGradient && x.isTracked() ? scope.empty(x.dtype(), x.shape()) : null;
    Tensor dWeight =
        wantsGradient && weight.isTracked() ? scope.empty(DType.F32, weight.shape()) : null;
    Tensor dBias =
        wantsGradient && bias != null && bias.isTracked() ? scope.zeros(DType.F32, V) : null;
    long chunk = Math.clamp(CHUNK_BYTES / Math.max(1, V * Float.BYTES), 16, Math.max(16, rows));
    DType productType = x.dtype();
    Tensor logits = scope.empty(DType.F32, Math.min(chunk, rows), V);
    Tensor narrow = productType == DType.F32 ? logits : scope.empty(productType, logits.shape());
    Matrix w = Matrix.of(weight.memory(), weight.dtype(), V, weight.dim(1));
    MemorySegment b = bias == null ? null : bias.requireType(DType.F32).memory();
    for (long from = 0; from < rows; from += chunk) {
      long to = Math.min(rows, from + chunk);
      Matrix xRows = rows(x).rows(from, to);
      Matrix chunkLogits = rows(logits).rows(0, to - from);
      Matmul.multiply(xRows, w.transposed(), b, chunkLogits, false);
      long first = from;
      Workers.shared()
          .forRange(
              to - from,
              1,
              (rowFrom, rowTo) ->
                  losses(
                      logits.memory().asSlice(rowFrom * V * Float.BYTES),
                      targets.memory().asSlice((first + rowFrom) * Integer.BYTES),
                      losses.memory().asSlice((first + rowFrom) * Float.BYTES),
                      rowTo - rowFrom,
                      head,
                      smoothing,
                      gradScale));
      if (dBias != null) {
        addColumnSums(dBias, logits, to - from);
      }
      if (dX != null || dWeight != null) {
        if (narrow != logits) {
          Arithmetic.copy(narrow, logits);
        }
        Matrix dLogits = rows(narrow).rows(0, to - from);
        if (dX != null) {
          Matmul.multiply(dLogits, w, null, rows(dX).rows(from, to), false);
        }
        if (dWeight != null) {
          Matmul.multiply(dLogits.transposed(), xRows, null, rows(dWeight), from > 0);
        }
      }
    }
    Tensor loss = CrossEntropyOp.scalar(scope, CrossEntropyOp.sum(losses) / count);
    scope.release(logits);
    if (narrow != logits) {
      scope.release(narrow);
    }
    return Tape.record(
        new LinearCrossEntropyOp(x, head, dX, dWeight, dBias), loss, x, weight, bias);
  }

  /** Computes the losses of some rows and overwrites x W^T + b by its gradient. */
  private static void losses(
      MemorySegment logits,
      MemorySegment targets,
      MemorySegment losses,
      long rows,
      LinearHead head,
      float smoothing,
      float gradScale) {
    long V = head.weight().dim(0);
    long n = rows * V;
    float cap = head.softCap();
    if (head.scale() != 1) {
      KERNELS.elementwise().scale(logits, logits, head.scale(), n);
    }
    if (cap == 0) {
      KERNELS
          .softmax()
          .crossEntropy(logits, targets, losses, rows, V, smoothing, gradScale * head.scale());
      return;
    }
    try (Workspace workspace = Workspace.enter()) {
      MemorySegment uncapped = workspace.take(n * Float.BYTES).copyFrom(logits.asSlice(0, n * 4));
      SoftCap.value(logits, uncapped, cap, n);
      KERNELS
          .softmax()
          .crossEntropy(logits, targets, losses, rows, V, smoothing, gradScale * head.scale());
      if (gradScale != 0) {
        SoftCap.derivative(logits, uncapped, logits, cap, n);
      }
    }
  }

  private static Matrix rows(Tensor x) {
    return Matrix.of(x.memory(), x.dtype(), x.numRows(), x.lastDim());
  }

  private static void addColumnSums(Tensor sums, Tensor logits, long rows) {
    long V = logits.lastDim();
    Partials.sum(
        rows,
        V,
        sums.memory(),
        null,
        (block, first, _) ->
            KERNELS.elementwise().addColumnSums(first, block.in(logits), block.rows(), V));
  }

  @Override
  public void backward(Tensor dOut, Backward gradients) {
    float scale = dOut.getFloat(0);
    give(x, dX, scale, gradients);
    give(head.weight(), dWeight, scale, gradients);
    give(head.bias(), dBias, scale, gradients);
  }

  private static void give(
      @Nullable Tensor operand, @Nullable Tensor gradient, float scale, Backward gradients) {
    if (operand == null || gradient == null) {
      return;
    }
    if (scale != 1) {
      Arithmetic.scale(gradient, gradient, scale);
    }
    gradients.addWide(operand, gradient);
  }
}
