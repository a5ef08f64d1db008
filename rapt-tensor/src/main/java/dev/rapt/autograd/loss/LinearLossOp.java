package dev.rapt.autograd.loss;

import dev.rapt.autograd.Backward;
import dev.rapt.autograd.LossOp;
import dev.rapt.autograd.Tape;
import dev.rapt.compute.KernelChoice;
import dev.rapt.compute.Matmul;
import dev.rapt.compute.rows.Arithmetic;
import dev.rapt.compute.rows.Partials;
import dev.rapt.compute.rows.SoftCap;
import dev.rapt.kernel.Matrix;
import dev.rapt.kernel.Workers;
import dev.rapt.kernel.Workspace;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * Fused head and loss: a language-model head and a loss of the rows of its logits, such as their
 * cross entropy, as one operation.
 *
 * <p>Rows are processed in chunks of {@link #CHUNK_BYTES} of logits, so the logits never exist as a
 * whole. The gradients of x, W and b are computed together with the loss of a chunk, for a loss
 * gradient of 1, and are scaled in the backward pass if it is another. So no matrix product is
 * computed twice.
 */
record LinearLossOp(
    Tensor x,
    LinearHead head,
    @Nullable Tensor dX,
    @Nullable Tensor dWeight,
    @Nullable Tensor dBias)
    implements LossOp {
  /** Size of a chunk of logits in bytes: large enough for matrix products at full speed. */
  private static final long CHUNK_BYTES = 32L << 20;

  /** Returns the number of rows of a chunk. */
  static long chunkRows(long rows, long V) {
    return Math.clamp(CHUNK_BYTES / Math.max(1, V * Float.BYTES), 16, Math.max(16, rows));
  }

  static Tensor apply(Tensor x, LinearHead head, RowLoss loss, double divisor) {
    Tensor weight = head.weight();
    Tensor bias = head.bias();
    long rows = x.numRows();
    long V = weight.dim(0);
    Scope scope = Scope.innermost(x, weight, bias, loss.targets());
    boolean wantsGradient = Tape.records(scope, x, weight, bias);
    float gradScale = wantsGradient && divisor > 0 ? (float) (1 / divisor) : 0;

    Tensor losses = scope.empty(DType.F32, rows);
    Tensor dX = wantsGradient && x.isTracked() ? scope.empty(x.dtype(), x.shape()) : null;
    Tensor dWeight =
        wantsGradient && weight.isTracked() ? scope.empty(DType.F32, weight.shape()) : null;
    Tensor dBias =
        wantsGradient && bias != null && bias.isTracked() ? scope.zeros(DType.F32, V) : null;
    long chunk = chunkRows(rows, V);
    DType productType = x.dtype();
    Tensor logits = scope.empty(DType.F32, Math.min(chunk, rows), V);
    Tensor narrow = productType == DType.F32 ? logits : scope.empty(productType, logits.shape());
    Matrix w = head.matrix();
    for (long from = 0; from < rows; from += chunk) {
      long to = Math.min(rows, from + chunk);
      Matrix xRows = rows(x).rows(from, to);
      Matrix chunkLogits = rows(logits).rows(0, to - from);
      Matmul.multiply(xRows, w.transposed(), head.biasMemory(), chunkLogits, false);
      loss.prepare(from, to);
      long first = from;
      Workers.shared()
          .forRange(
              to - from,
              1,
              (rowFrom, rowTo) ->
                  losses(
                      logits.memory().asSlice(rowFrom * V * Float.BYTES),
                      losses.memory().asSlice((first + rowFrom) * Float.BYTES),
                      first + rowFrom,
                      rowTo - rowFrom,
                      head,
                      loss,
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
    Tensor out = RowLossOp.scalar(scope, RowLossOp.sum(losses) / divisor);
    scope.release(logits);
    if (narrow != logits) {
      scope.release(narrow);
    }
    return Tape.record(new LinearLossOp(x, head, dX, dWeight, dBias), out, x, weight, bias);
  }

  /** Computes the losses of some rows and overwrites x W^T + b by its gradient. */
  private static void losses(
      MemorySegment logits,
      MemorySegment losses,
      long from,
      long rows,
      LinearHead head,
      RowLoss loss,
      float gradScale) {
    long n = rows * head.weight().dim(0);
    float cap = head.softCap();
    head.scale(logits, n);
    if (cap == 0) {
      loss.compute(logits, losses, from, rows, gradScale * head.scale());
      return;
    }
    try (Workspace workspace = Workspace.enter()) {
      MemorySegment uncapped = workspace.take(n * Float.BYTES).copyFrom(logits.asSlice(0, n * 4));
      SoftCap.value(logits, uncapped, cap, n);
      loss.compute(logits, losses, from, rows, gradScale * head.scale());
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
            KernelChoice.kernels()
                .elementwise()
                .addColumnSums(first, block.in(logits), block.rows(), V));
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
