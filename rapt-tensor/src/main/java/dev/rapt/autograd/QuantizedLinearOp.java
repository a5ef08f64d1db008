package dev.rapt.autograd;

import dev.rapt.compute.KernelChoice;
import dev.rapt.compute.Matmul;
import dev.rapt.kernel.Matrix;
import dev.rapt.kernel.Workers;
import dev.rapt.kernel.Workspace;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * Linear layer with a quantised weight, out = x W^T + b. For few rows of x, as in decoding, tasks
 * multiply by the rows of W as they are packed. Otherwise panels of rows of W are unpacked, in
 * parallel, to the type of the activations, forward and again backward; W as a whole never exists.
 */
record QuantizedLinearOp(Tensor x, QuantizedMatrix weight, @Nullable Tensor bias) implements Op {
  /** Size of an unpacked panel: large enough for matrix products at full speed. */
  private static final long PANEL_BYTES = 8L << 20;

  /** Rows that a task unpacks. */
  private static final long TASK_ROWS = 16;

  /** Values of W that a task multiplies few rows by. */
  private static final long TASK_VALUES = 1 << 17;

  /** Rows of W of such a task at least. */
  private static final long LEAST_ROWS = 4;

  /** A product with an unpacked panel (to - from, K), rows [from, to) of W. */
  @FunctionalInterface
  private interface Product {
    void run(Matrix panel, long from, long to);
  }

  static Tensor apply(Tensor x, QuantizedMatrix weight, @Nullable Tensor bias, DType type) {
    long N = weight.outputSize();
    if (x.lastDim() != weight.inputSize()) {
      throw new IllegalArgumentException(
          "linear: x must end in the weight's input size, got x %s and weight (%d, %d)"
              .formatted(x.shape(), N, weight.inputSize()));
    }
    MemorySegment shift =
        bias == null ? null : bias.requireShape("linear: bias", N).requireType(DType.F32).memory();
    long[] dims = x.shape().toArray();
    dims[dims.length - 1] = N;
    Tensor out = Scope.innermost(x, bias).empty(type, dims);
    QuantizedLinearOp op = new QuantizedLinearOp(x, weight, bias);
    if (x.numRows() <= weight.rows().fewRows() && x.dtype() == DType.F32 && type == DType.F32) {
      op.multiplyFewRows(LinearOp.rows(out), shift);
      return Tape.record(op, out, x, bias);
    }
    op.forPanels(
        x.dtype(),
        (panel, from, to) ->
            Matmul.multiply(
                LinearOp.rows(x),
                panel.transposed(),
                part(shift, from, to),
                LinearOp.rows(out).cols(from, to),
                false));
    return Tape.record(op, out, x, bias);
  }

  /** Multiplies few rows of x, each task by some rows of W. */
  private void multiplyFewRows(Matrix out, @Nullable MemorySegment shift) {
    Matrix rows = LinearOp.rows(x);
    Workers.shared()
        .forRange(
            weight.outputSize(),
            Math.max(LEAST_ROWS, TASK_VALUES / Math.max(1, weight.inputSize())),
            (from, to) -> weight.rows().multiply(rows, from, to, out.cols(from, to)));
    if (shift != null) {
      KernelChoice.kernels()
          .elementwise()
          .addBias(out.memory(), out.memory(), shift, out.rows(), out.cols());
    }
  }

  private static @Nullable MemorySegment part(@Nullable MemorySegment shift, long from, long to) {
    return shift == null ? null : shift.asSlice(Float.BYTES * from, Float.BYTES * (to - from));
  }

  private void forPanels(DType type, Product product) {
    long N = weight.outputSize();
    long K = weight.inputSize();
    long rowBytes = K * type.byteSize();
    long rows = Math.clamp(PANEL_BYTES / Math.max(1, rowBytes), TASK_ROWS, Math.max(TASK_ROWS, N));
    try (Workspace workspace = Workspace.enter()) {
      MemorySegment memory = workspace.take(Math.min(rows, N) * rowBytes);
      for (long from = 0; from < N; from += rows) {
        long to = Math.min(N, from + rows);
        unpack(from, to, type, memory);
        product.run(Matrix.of(memory, type, to - from, K), from, to);
      }
    }
  }

  private void unpack(long from, long to, DType type, MemorySegment memory) {
    long rowBytes = weight.inputSize() * type.byteSize();
    Workers.shared()
        .forRange(
            to - from,
            TASK_ROWS,
            (first, last) ->
                weight
                    .rows()
                    .write(
                        from + first,
                        from + last,
                        type,
                        memory.asSlice(first * rowBytes, (last - first) * rowBytes)));
  }

  @Override
  public void backward(Tensor dOut, Backward gradients) {
    if (x.isTracked()) {
      Backward.Slot slot = gradients.slot(x);
      Tensor dX = slot.tensor();
      Matrix d = Matrix.of(dX.memory(), dX.dtype(), x.numRows(), x.lastDim());
      forPanels(
          dOut.dtype(),
          (panel, from, to) ->
              Matmul.multiply(
                  LinearOp.rows(dOut).cols(from, to), panel, null, d, slot.filled() || from > 0));
    }
    if (bias != null && bias.isTracked()) {
      LinearOp.addColumnSums(gradients.zeroedSlot(bias), dOut);
    }
  }
}
