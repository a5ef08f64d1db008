package dev.rapt.autograd;

import dev.rapt.autograd.Recurrences.LstmWeights;
import dev.rapt.compute.KernelChoice;
import dev.rapt.compute.Matmul;
import dev.rapt.compute.rows.Arithmetic;
import dev.rapt.compute.rows.Precision;
import dev.rapt.compute.rows.Spans;
import dev.rapt.kernel.LstmKernel;
import dev.rapt.kernel.Matrix;
import dev.rapt.kernel.Workers;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * LSTM, one layer in one direction. The products of the inputs of all positions are one matrix
 * product; each step then adds the product of its hidden states, over the batch. States and gates
 * are f32.
 *
 * @param gates (B, T, 4H), values after the activations; the backward pass replaces them by
 *     gradients
 * @param hidden (B, T, H), h before each position
 * @param cells (B, T, H), c before each position
 * @param stateGradient receives the gradient (B, 2, H) of the last state, if it has one
 */
record LstmOp(
    Tensor x,
    LstmWeights weights,
    @Nullable Tensor mask,
    @Nullable Tensor start,
    boolean reverse,
    Tensor gates,
    Tensor hidden,
    Tensor cells,
    AtomicReference<@Nullable Tensor> stateGradient)
    implements Op {
  private static final LstmKernel KERNEL = KernelChoice.kernels().lstm();

  /** Smallest number of gates per task: for fewer, another thread costs more than it saves. */
  private static final long PARALLEL_GRAIN = 16384;

  static Recurrences.Outcome apply(
      Tensor x,
      LstmWeights weights,
      @Nullable Tensor mask,
      @Nullable Tensor start,
      boolean reverse) {
    check(x, weights, mask, start);
    long B = x.dim(0);
    long T = x.dim(1);
    long H = weights.hidden().dim(1);
    Tensor[] operands = {
      x, weights.input(), weights.hidden(), weights.inputBias(), weights.hiddenBias(), start
    };
    Scope scope = Scope.innermost(operands);
    Tensor out = scope.empty(x.dtype(), B, T, H);
    Tensor end = scope.empty(DType.F32, B, 2, H);
    LstmOp op =
        new LstmOp(
            x,
            weights,
            mask,
            start,
            reverse,
            scope.empty(DType.F32, B, T, 4 * H),
            scope.empty(DType.F32, B, T, H),
            scope.empty(DType.F32, B, T, H),
            new AtomicReference<>());
    Tensor wideOut = Precision.wideTarget(scope, out);
    op.run(scope, wideOut, end);
    Precision.narrowInto(out, wideOut);
    if (!Tape.records(scope, operands)) {
      scope.release(op.gates);
      scope.release(op.hidden);
      scope.release(op.cells);
    }
    return new Recurrences.Outcome(
        Tape.record(op, out, operands), Tape.record(new LstmStateOp(op, out), end, operands));
  }

  private static void check(
      Tensor x, LstmWeights weights, @Nullable Tensor mask, @Nullable Tensor start) {
    if (x.shape().rank() != 3 || x.dim(1) == 0) {
      throw new IllegalArgumentException(
          "lstm: x must be (B, T, I) with at least one position, got " + x.shape());
    }
    if (weights.hidden().shape().rank() != 2) {
      throw new IllegalArgumentException(
          "lstm: hidden must be (4H, H), got " + weights.hidden().shape());
    }
    long H = weights.hidden().dim(1);
    weights.hidden().requireShape("lstm: hidden", 4 * H, H);
    weights.input().requireShape("lstm: input", 4 * H, x.dim(2));
    weights.inputBias().requireShape("lstm: inputBias", 4 * H).requireType(DType.F32);
    weights.hiddenBias().requireShape("lstm: hiddenBias", 4 * H).requireType(DType.F32);
    if (mask != null) {
      mask.requireShape("lstm: mask", x.dim(0), x.dim(1)).requireType(DType.I32);
    }
    if (start != null) {
      start.requireShape("lstm: state", x.dim(0), 2, H).requireType(DType.F32);
    }
  }

  private void run(Scope scope, Tensor out, Tensor end) {
    long T = x.dim(1);
    long H = size();
    Tensor bias = scope.empty(DType.F32, 4 * H);
    Arithmetic.add(bias, weights.inputBias(), weights.hiddenBias());
    Matmul.multiply(
        LinearOp.rows(x),
        LinearOp.rows(weights.input()).transposed(),
        bias.memory(),
        LinearOp.rows(gates),
        false);
    scope.release(bias);
    begin();
    Tensor wide = T == 1 ? weights.hidden() : Precision.widen(scope, weights.hidden());
    Matrix weight = LinearOp.rows(wide).transposed();
    for (long step = 0; step < T; step++) {
      long t = position(step);
      if (step > 0 || start != null) {
        Matmul.multiply(at(hidden, t), weight, null, at(gates, t), true);
      }
      long next = step + 1 < T ? position(step + 1) : -1;
      forRows(b -> step(b, t, next, out, end));
    }
    Precision.drop(wide, weights.hidden());
  }

  /** Writes the state before the first step. */
  private void begin() {
    long T = x.dim(1);
    long H = size();
    for (long b = 0; b < x.dim(0); b++) {
      long row = (b * T + position(0)) * H;
      if (start == null) {
        Spans.of(hidden, row, H).fill((byte) 0);
        Spans.of(cells, row, H).fill((byte) 0);
      } else {
        Spans.copy(hidden, row, start, 2 * b * H, H);
        Spans.copy(cells, row, start, (2 * b + 1) * H, H);
      }
    }
  }

  /**
   * One step of one sequence.
   *
   * @param next position of the next step; -1 for none
   */
  private void step(long b, long t, long next, Tensor out, Tensor end) {
    long T = x.dim(1);
    long H = size();
    MemorySegment h = next < 0 ? Spans.of(end, 2 * b * H, H) : row(hidden, b, next);
    MemorySegment c = next < 0 ? Spans.of(end, (2 * b + 1) * H, H) : row(cells, b, next);
    MemorySegment result = Spans.of(out, (b * T + t) * H, H);
    if (isPadding(b, t)) {
      h.copyFrom(row(hidden, b, t));
      c.copyFrom(row(cells, b, t));
      result.fill((byte) 0);
    } else {
      KERNEL.step(row(gates, b, t), row(cells, b, t), c, h, H);
      result.copyFrom(h);
    }
  }

  /** H. */
  private long size() {
    return weights.hidden().dim(1);
  }

  private long position(long step) {
    return reverse ? x.dim(1) - 1 - step : step;
  }

  private boolean isPadding(long b, long t) {
    return mask != null && mask.getInt(b * x.dim(1) + t) == 0;
  }

  /** The vector of sequence b at position t. */
  private static MemorySegment row(Tensor values, long b, long t) {
    return Spans.of(values, (b * values.dim(1) + t) * values.dim(2), values.dim(2));
  }

  /** The vectors of all sequences at position t, (B, width). */
  private static Matrix at(Tensor values, long t) {
    long width = values.dim(2);
    return new Matrix(
        values.memory(), t * width, values.dtype(), values.dim(0), width, values.dim(1) * width, 1);
  }

  private void forRows(Spans.RowTask task) {
    Workers.shared()
        .forRange(
            x.dim(0),
            Math.max(1, PARALLEL_GRAIN / (4 * size())),
            (from, to) -> {
              for (long b = from; b < to; b++) {
                task.run(b);
              }
            });
  }

  @Override
  public void backward(Tensor dOut, Backward gradients) {
    Scope scope = gradients.tape();
    Tensor dState = takeStateGradient(scope);
    Tensor wideD = Precision.widen(scope, dOut);
    throughTime(scope, wideD, dState);
    Precision.drop(wideD, dOut);
    if (x.isTracked()) {
      Backward.Slot dX = gradients.slot(x);
      Matmul.multiply(
          LinearOp.rows(gates),
          LinearOp.rows(weights.input()),
          null,
          Matrix.of(dX.tensor().memory(), dX.tensor().dtype(), x.numRows(), x.lastDim()),
          dX.filled());
    }
    addWeight(gradients, weights.input(), x);
    addWeight(gradients, weights.hidden(), hidden);
    addBiases(gradients);
    scope.release(gates);
    scope.release(hidden);
    scope.release(cells);
    if (start != null) {
      gradients.addOrRelease(start, dState);
    } else {
      scope.release(dState);
    }
  }

  /** Returns the gradient (B, 2, H) of the last state, zeros if it has none. */
  private Tensor takeStateGradient(Scope scope) {
    Tensor dState = scope.empty(DType.F32, x.dim(0), 2, size());
    Tensor given = stateGradient.getAndSet(null);
    if (given == null) {
      dState.memory().fill((byte) 0);
    } else {
      dState.memory().copyFrom(given.memory());
      scope.release(given);
    }
    return dState;
  }

  /**
   * Backpropagation through time: replaces the gates by the gradients of their values before the
   * activations, and the gradient of the last state by that of the first.
   *
   * @param dState (B, 2, H), gradients of h and c
   */
  private void throughTime(Scope scope, Tensor dOut, Tensor dState) {
    long B = x.dim(0);
    long T = x.dim(1);
    long H = size();
    Tensor wide = Precision.widen(scope, weights.hidden());
    Matrix dHidden = new Matrix(dState.memory(), 0, DType.F32, B, H, 2 * H, 1);
    boolean reachesStart = start != null && start.isTracked();
    for (long step = T - 1; step >= 0; step--) {
      long t = position(step);
      forRows(b -> stepBackward(b, t, dOut, dState));
      if (step > 0 || reachesStart) {
        Matmul.multiply(at(gates, t), LinearOp.rows(wide), null, dHidden, mask != null);
      }
    }
    Precision.drop(wide, weights.hidden());
  }

  private void stepBackward(long b, long t, Tensor dOut, Tensor dState) {
    long H = size();
    if (isPadding(b, t)) {
      row(gates, b, t).fill((byte) 0); // so that the product adds nothing to the state's gradient
      return;
    }
    MemorySegment dH = Spans.of(dState, 2 * b * H, H);
    MemorySegment dC = Spans.of(dState, (2 * b + 1) * H, H);
    KERNEL.stepBackward(row(gates, b, t), row(cells, b, t), row(dOut, b, t), dH, dC, H);
    if (mask != null) {
      dH.fill((byte) 0); // the product is added
    }
  }

  /** Adds the gradient of a weight whose product with the inputs went into the gates. */
  private void addWeight(Backward gradients, Tensor weight, Tensor inputs) {
    if (weight.isTracked()) {
      Backward.Slot slot = gradients.slot(weight);
      Tensor d = slot.tensor();
      Matmul.multiply(
          LinearOp.rows(gates).transposed(),
          LinearOp.rows(inputs),
          null,
          Matrix.of(d.memory(), d.dtype(), weight.dim(0), weight.dim(1)),
          slot.filled());
    }
  }

  private void addBiases(Backward gradients) {
    Tensor sums = gradients.tape().zeros(DType.F32, 4 * size());
    LinearOp.addColumnSums(sums, gates);
    for (Tensor bias : new Tensor[] {weights.inputBias(), weights.hiddenBias()}) {
      if (bias.isTracked()) {
        Tensor d = gradients.zeroedSlot(bias);
        Arithmetic.add(d, d, sums);
      }
    }
    gradients.tape().release(sums);
  }
}
