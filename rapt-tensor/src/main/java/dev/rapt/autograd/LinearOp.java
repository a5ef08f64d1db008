package dev.rapt.autograd;

import dev.rapt.compute.KernelChoice;
import dev.rapt.compute.Matmul;
import dev.rapt.compute.rows.Partials;
import dev.rapt.kernel.Activation;
import dev.rapt.kernel.Epilogue;
import dev.rapt.kernel.Matrix;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * Linear layer, out = x W^T + b, optionally with a fused epilogue: an activation and an addition.
 */
record LinearOp(Tensor x, Tensor weight, @Nullable Tensor bias, boolean inputMajor) implements Op {

  static Tensor apply(
      Tensor x, Tensor weight, @Nullable Tensor bias, boolean inputMajor, DType type) {
    LinearOp op = new LinearOp(x, weight, bias, inputMajor);
    Tensor out = op.emptyResult(Scope.innermost(x, weight, bias), type);
    Matmul.multiply(rows(x), op.weightAsInputByOutput(), op.biasMemory(), rows(out), false);
    return Tape.record(op, out, x, weight, bias);
  }

  /**
   * Computes f(x W^T + b) + addend, as one fused pass outside a tape, where no gradients are
   * needed.
   */
  static Tensor applyFused(
      Tensor x,
      Tensor weight,
      @Nullable Tensor bias,
      boolean inputMajor,
      Activation f,
      @Nullable Tensor addend) {
    LinearOp op = new LinearOp(x, weight, bias, inputMajor);
    Scope scope = Scope.innermost(x, weight, bias, addend);
    boolean fits = addend == null || addend.dtype() == x.dtype();
    if (fits && !Tape.encloses(scope)) {
      Tensor out = op.emptyResult(scope, x.dtype());
      Matrix c = rows(out), w = op.weightAsInputByOutput();
      if (Matmul.fuses(rows(x), w, c, f, addend != null)) {
        Matrix added =
            addend == null
                ? null
                : rows(addend.requireShape("linear: addend", out.shape().toArray()));
        Matmul.multiply(rows(x), w, op.biasMemory(), c, new Epilogue(f, added));
        return out;
      }
      scope.release(out);
    }
    Tensor y = Ops.activate(apply(x, weight, bias, inputMajor, x.dtype()), f);
    return addend == null ? y : Ops.add(addend, y);
  }

  /** Checks that the operands fit together, and allocates the result. */
  private Tensor emptyResult(Scope scope, DType type) {
    long K = x.lastDim();
    long N = weight.dim(inputMajor ? 1 : 0);
    if (weight.shape().rank() != 2 || weight.dim(inputMajor ? 0 : 1) != K) {
      throw new IllegalArgumentException(
          "linear: x must end in the weight's input size, got x %s and weight %s%s"
              .formatted(x.shape(), weight.shape(), inputMajor ? " (input, output)" : ""));
    }
    if (bias != null) {
      bias.requireShape("linear: bias", N).requireType(DType.F32);
    }
    long[] dims = x.shape().toArray();
    dims[dims.length - 1] = N;
    return scope.empty(type, dims);
  }

  private @Nullable MemorySegment biasMemory() {
    return bias == null ? null : bias.memory();
  }

  @Override
  public void backward(Tensor dOut, Backward gradients) {
    if (x.isTracked()) {
      Backward.Slot dX = gradients.slot(x);
      Matrix d = Matrix.of(dX.tensor().memory(), dX.tensor().dtype(), x.numRows(), x.lastDim());
      Matmul.multiply(rows(dOut), weightAsInputByOutput().transposed(), null, d, dX.filled());
    }
    if (weight.isTracked()) {
      Backward.Slot dW = gradients.slot(weight);
      Matrix a = inputMajor ? rows(x) : rows(dOut);
      Matrix b = inputMajor ? rows(dOut) : rows(x);
      Matmul.multiply(
          a.transposed(),
          b,
          null,
          Matrix.of(dW.tensor().memory(), dW.tensor().dtype(), weight.dim(0), weight.dim(1)),
          dW.filled());
    }
    if (bias != null && bias.isTracked()) {
      addColumnSums(gradients.zeroedSlot(bias), dOut);
    }
  }

  private Matrix weightAsInputByOutput() {
    Matrix w = Matrix.of(weight.memory(), weight.dtype(), weight.dim(0), weight.dim(1));
    return inputMajor ? w : w.transposed();
  }

  /** Returns x as a matrix whose rows are the vectors of its last dimension. */
  static Matrix rows(Tensor x) {
    return Matrix.of(x.memory(), x.dtype(), x.numRows(), x.lastDim());
  }

  /** sums[c] += sum over all rows of x. */
  static void addColumnSums(Tensor sums, Tensor x) {
    long cols = x.lastDim();
    Partials.sum(
        x.numRows(),
        cols,
        sums.memory(),
        null,
        (block, first, _) ->
            KernelChoice.kernels()
                .elementwise()
                .addColumnSums(first, block.in(x), block.rows(), cols));
  }
}
