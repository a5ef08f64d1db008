package dev.rapt.autograd;

import dev.rapt.compute.KernelChoice;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;

/** Matrix transpose: out[j, i] = x[i, j]. */
record TransposeOp(Tensor x) implements Op {
  static Tensor apply(Scope scope, Tensor x) {
    if (x.shape().rank() != 2) {
      throw new IllegalArgumentException("transpose: x must be a matrix, got " + x);
    }
    Tensor out = scope.empty(x.dtype(), x.dim(1), x.dim(0));
    write(out, x, x.dim(0), x.dim(1));
    return Tape.record(new TransposeOp(x), out, x);
  }

  @Override
  public void backward(Tensor dOut, Backward gradients) {
    Tensor dX = gradients.tape().empty(x.dtype(), x.shape());
    write(dX, dOut, x.dim(1), x.dim(0)); // dOut may have the shape of a view
    gradients.add(x, dX);
  }

  private static void write(Tensor out, Tensor x, long rows, long cols) {
    KernelChoice.kernels()
        .elementwise()
        .transpose(out.memory(), x.memory(), x.dtype().byteSize(), rows, cols);
  }
}
