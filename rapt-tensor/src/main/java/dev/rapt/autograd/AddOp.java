package dev.rapt.autograd;

import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;

/** out = x + y. */
record AddOp(Tensor x, Tensor y) implements Op {
  static Tensor apply(Tensor x, Tensor y) {
    if (!x.shape().equals(y.shape())) {
      throw new IllegalArgumentException(
          "add: shapes differ, got " + x.shape() + " and " + y.shape());
    }
    Tensor out = Scope.innermost(x, y).empty(x.dtype(), x.shape());
    Arithmetic.add(out, x, y);
    return Tape.record(new AddOp(x, y), out, x, y);
  }

  @Override
  public void backward(Tensor dOut, Backward gradients) {
    long[] dims = x.shape().toArray();
    if (x.isTracked()) {
      gradients.add(x, dOut.reshape(dims));
    }
    if (y.isTracked()) {
      gradients.add(y, dOut.reshape(dims));
    }
  }
}
