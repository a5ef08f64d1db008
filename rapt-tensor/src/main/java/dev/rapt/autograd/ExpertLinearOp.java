package dev.rapt.autograd;

import dev.rapt.autograd.expert.ExpertDispatch;
import dev.rapt.autograd.expert.ExpertMatrices;
import dev.rapt.compute.KernelChoice;
import dev.rapt.compute.Matmul;
import dev.rapt.compute.rows.Rows;
import dev.rapt.compute.rows.Spans;
import dev.rapt.kernel.ElementwiseKernel;
import dev.rapt.kernel.Matrix;
import dev.rapt.kernel.Workers;
import dev.rapt.kernel.Workspace;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Linear layer of a mixture of experts: out = x W^T + b with the weights of each row's expert. The
 * rows of an expert are consecutive.
 */
record ExpertLinearOp(
    Tensor x, ExpertMatrices weights, @Nullable Tensor bias, ExpertDispatch dispatch)
    implements Op {
  private static final ElementwiseKernel KERNEL = KernelChoice.kernels().elementwise();

  /** Rows of a quantised matrix unpacked at a time: 0.7 MB of f32 at a width of 2880. */
  private static final long PANEL_ROWS = 64;

  static Tensor apply(
      Tensor x, ExpertMatrices weights, @Nullable Tensor bias, ExpertDispatch dispatch) {
    x.requireShape("experts: rows", dispatch.numRows(), weights.inputSize());
    if (weights.numExperts() != dispatch.numExperts()) {
      throw new IllegalArgumentException(
          "experts: weights must be those of %d experts, got %d"
              .formatted(dispatch.numExperts(), weights.numExperts()));
    }
    if (bias != null) {
      bias.requireShape("experts: bias", weights.numExperts(), weights.outputSize())
          .requireType(DType.F32);
    }
    Tensor[] operands = operands(x, weights, bias);
    Tensor out =
        Scope.innermost(operands).empty(x.dtype(), dispatch.numRows(), weights.outputSize());
    ExpertLinearOp op = new ExpertLinearOp(x, weights, bias, dispatch);
    if (weights instanceof ExpertMatrices.Unpacked unpacked) {
      op.multiply(unpacked, out);
    } else {
      op.forEachExpert(e ->
          Matmul.multiply(
              op.rows(x, e), op.inputByOutput(e), op.biasOf(e), op.rows(out, e), false));
    }
    return Tape.record(op, out, operands);
  }

  private static Tensor[] operands(Tensor x, ExpertMatrices weights, @Nullable Tensor bias) {
    List<Tensor> operands = new ArrayList<>(weights.tensors());
    operands.add(x);
    if (bias != null) {
      operands.add(bias);
    }
    return operands.toArray(new Tensor[0]);
  }

  /**
   * Runs a task for each expert that has rows: in parallel where that divides the work evenly;
   * otherwise one after the other, with each product divided among the workers.
   */
  private void forEachExpert(IntConsumer task) {
    int[] active = active();
    int largest = IntStream.of(active).map(this::numRows).max().orElse(0);
    Workers workers = Workers.shared();
    if (2L * largest * workers.numThreads() <= dispatch.numRows()) {
      workers.run(active.length, i -> task.accept(active[i]));
    } else {
      IntStream.of(active).forEach(task);
    }
  }

  /**
   * Multiplies by panels of all experts in parallel; the core that reads a panel unpacks it into
   * its own cache.
   */
  private void multiply(ExpertMatrices.Unpacked unpacked, Tensor out) {
    long N = unpacked.outputSize();
    int[] active = active();
    int panels = Math.toIntExact(Math.ceilDiv(N, PANEL_ROWS));
    Workers.shared()
        .run(
            active.length * panels,
            task -> {
              int e = active[task / panels];
              long from = task % panels * PANEL_ROWS;
              long to = Math.min(N, from + PANEL_ROWS);
              MemorySegment shift = biasOf(e);
              try (Workspace workspace = Workspace.enter()) {
                Matmul.multiply(
                    rows(x, e),
                    panel(unpacked, e, from, to, x.dtype(), workspace).transposed(),
                    shift == null
                        ? null
                        : shift.asSlice(Float.BYTES * from, Float.BYTES * (to - from)),
                    rows(out, e).cols(from, to),
                    false);
              }
            });
  }

  /** Adds to dX (rows of an expert, K) or overwrites it, panel by panel. */
  private void multiplyBack(
      ExpertMatrices.Unpacked unpacked, int e, Tensor dOut, Matrix dX, boolean accumulate) {
    long N = unpacked.outputSize();
    for (long from = 0; from < N; from += PANEL_ROWS) {
      long to = Math.min(N, from + PANEL_ROWS);
      try (Workspace workspace = Workspace.enter()) {
        Matmul.multiply(
            rows(dOut, e).cols(from, to),
            panel(unpacked, e, from, to, dOut.dtype(), workspace),
            null,
            dX,
            accumulate || from > 0);
      }
    }
  }

  private static Matrix panel(
      ExpertMatrices.Unpacked unpacked,
      int expert,
      long from,
      long to,
      DType type,
      Workspace workspace) {
    long K = unpacked.inputSize();
    MemorySegment memory = workspace.take((to - from) * K * type.byteSize());
    unpacked.writer().write(expert, from, to, type, memory);
    return Matrix.of(memory, type, to - from, K);
  }

  private int[] active() {
    return IntStream.range(0, dispatch.numExperts()).filter(e -> numRows(e) > 0).toArray();
  }

  private int numRows(int expert) {
    return dispatch.from(expert + 1) - dispatch.from(expert);
  }

  private Matrix rows(Tensor tensor, int expert) {
    return LinearOp.rows(tensor).rows(dispatch.from(expert), dispatch.from(expert + 1));
  }

  private @Nullable MemorySegment biasOf(int expert) {
    long N = weights.outputSize();
    return bias == null ? null : Spans.of(bias, expert * N, N);
  }

  private Matrix inputByOutput(int expert) {
    return switch (weights) {
      case ExpertMatrices.Separate(List<Tensor> tensors) ->
          LinearOp.rows(tensors.get(expert)).transposed();
      case ExpertMatrices.Stacked(Tensor weight, boolean inputMajor) -> {
        Matrix w = part(weight, expert);
        yield inputMajor ? w : w.transposed();
      }
      case ExpertMatrices.Unpacked _ ->
          throw new IllegalStateException(
              "experts: quantised matrices must be unpacked panel by panel");
    };
  }

  /** Returns one matrix of a tensor of three dimensions. */
  private static Matrix part(Tensor stack, int expert) {
    long rows = stack.dim(1);
    long cols = stack.dim(2);
    return new Matrix(stack.memory(), expert * rows * cols, stack.dtype(), rows, cols, cols, 1);
  }

  @Override
  public void backward(Tensor dOut, Backward gradients) {
    if (x.isTracked()) {
      Backward.Slot slot = gradients.slot(x);
      Tensor dX = slot.tensor();
      Matrix d = Matrix.of(dX.memory(), dX.dtype(), x.numRows(), x.lastDim());
      forEachExpert(e -> {
        Matrix own = d.rows(dispatch.from(e), dispatch.from(e + 1));
        if (weights instanceof ExpertMatrices.Unpacked unpacked) {
          multiplyBack(unpacked, e, dOut, own, slot.filled());
        } else {
          Matmul.multiply(rows(dOut, e), inputByOutput(e).transposed(), null, own, slot.filled());
        }
      });
    }
    switch (weights) {
      case ExpertMatrices.Separate(List<Tensor> tensors) -> giveSeparate(tensors, dOut, gradients);
      case ExpertMatrices.Stacked(Tensor weight, boolean inputMajor) -> {
        if (weight.isTracked()) {
          giveStacked(weight, inputMajor, dOut, gradients);
        }
      }
      case ExpertMatrices.Unpacked _ -> {} // quantised weights get no gradients
    }
    if (bias != null && bias.isTracked()) {
      Tensor dBias = gradients.zeroedSlot(bias);
      long N = weights.outputSize();
      forEachExpert(e ->
          Rows.runBlocks(
              dispatch.from(e),
              dispatch.from(e + 1),
              N,
              block ->
                  KERNEL.addColumnSums(
                      Spans.of(dBias, e * N, N), block.in(dOut), block.rows(), N)));
    }
  }

  private void giveSeparate(List<Tensor> tensors, Tensor dOut, Backward gradients) {
    List<Backward.@Nullable Slot> slots = new ArrayList<>();
    for (Tensor weight : tensors) {
      slots.add(weight.isTracked() ? gradients.slot(weight) : null);
    }
    for (int e = 0; e < slots.size(); e++) {
      Backward.Slot slot = slots.get(e);
      if (slot != null && !slot.filled() && numRows(e) == 0) {
        slot.tensor().memory().fill((byte) 0);
      }
    }
    forEachExpert(e -> {
      Backward.Slot slot = slots.get(e);
      if (slot != null) {
        Matmul.multiply(
            rows(dOut, e).transposed(),
            rows(x, e),
            null,
            LinearOp.rows(slot.tensor()),
            slot.filled());
      }
    });
  }

  private void giveStacked(Tensor weight, boolean inputMajor, Tensor dOut, Backward gradients) {
    Backward.Slot slot = gradients.slot(weight);
    long each = weight.dim(1) * weight.dim(2);
    for (int e = 0; e < dispatch.numExperts(); e++) {
      if (!slot.filled() && numRows(e) == 0) {
        Spans.of(slot.tensor(), e * each, each).fill((byte) 0);
      }
    }
    forEachExpert(e -> {
      Matrix a = inputMajor ? rows(x, e) : rows(dOut, e);
      Matrix b = inputMajor ? rows(dOut, e) : rows(x, e);
      Matmul.multiply(a.transposed(), b, null, part(slot.tensor(), e), slot.filled());
    });
  }
}
