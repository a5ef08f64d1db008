package dev.rapt.autograd;

import dev.rapt.compute.KernelChoice;
import dev.rapt.compute.rows.Arithmetic;
import dev.rapt.compute.rows.Precision;
import dev.rapt.compute.rows.Rows;
import dev.rapt.kernel.ElementwiseKernel;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Shape;
import dev.rapt.tensor.Tensor;

/** Addition, out = x + y, where y has the shape of x or is a vector added to every row of x. */
record AddOp(Tensor x, Tensor y) implements Op {
  private static final ElementwiseKernel KERNEL = KernelChoice.kernels().elementwise();

  static Tensor apply(Tensor x, Tensor y) {
    AddOp op = new AddOp(x, y);
    if (!op.isOfOneShape() && !y.shape().equals(Shape.of(x.lastDim()))) {
      throw new IllegalArgumentException(
          "add: shapes differ, got " + x.shape() + " and " + y.shape());
    }
    Scope scope = Scope.innermost(x, y);
    Tensor out = scope.empty(x.dtype(), x.shape());
    if (op.isOfOneShape()) {
      Arithmetic.add(out, x, y);
    } else {
      Tensor wide = Precision.widen(scope, y);
      Rows.forRows(
          x.numRows(),
          x.lastDim(),
          block ->
              KERNEL.addBias(
                  block.out(out), block.in(x), wide.memory(), block.rows(), x.lastDim()));
      Precision.drop(wide, y);
    }
    return Tape.record(op, out, x, y);
  }

  private boolean isOfOneShape() {
    return x.shape().equals(y.shape());
  }

  @Override
  public void backward(Tensor dOut, Backward gradients) {
    if (y.isTracked() && !isOfOneShape()) {
      Tensor dY = gradients.tape().zeros(DType.F32, x.lastDim());
      LinearOp.addColumnSums(dY, dOut);
      gradients.addWide(y, dY);
    }
    long[] dims = x.shape().toArray();
    if (x.isTracked()) {
      gradients.add(x, dOut.reshape(dims));
    }
    if (y.isTracked() && isOfOneShape()) {
      gradients.add(y, dOut.reshape(dims));
    }
  }
}
