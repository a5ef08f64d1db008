package dev.rapt.autograd;

import dev.rapt.compute.rows.Arithmetic;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;

/** Multiplication by a constant: out = factor x. */
record ScaleOp(Tensor x, float factor) implements Op {
  static Tensor apply(Tensor x, float factor) {
    Tensor out = Scope.innermost(x).empty(x.dtype(), x.shape());
    Arithmetic.scale(out, x, factor);
    return Tape.record(new ScaleOp(x, factor), out, x);
  }

  @Override
  public void backward(Tensor dOut, Backward gradients) {
    Tensor dX = gradients.reuse(dOut);
    Arithmetic.scale(dX, dOut, factor);
    gradients.add(x, dX);
  }
}
