package dev.rapt.autograd;

import dev.rapt.compute.Matmul;
import dev.rapt.kernel.Matrix;
import dev.rapt.tensor.Tensor;

/**
 * Sum with a linear layer, in place: y += x W^T. Low-rank updates of a layer are added to its
 * result by this, so that they keep no activation of the layer's width.
 */
record AddLinearOp(Tensor y, Tensor x, Tensor weight) implements Op {
  static Tensor apply(Tensor y, Tensor x, Tensor weight) {
    weight.requireShape("add linear: weight", y.lastDim(), x.lastDim());
    if (x.numRows() != y.numRows()) {
      throw new IllegalArgumentException(
          "add linear: x and y must have as many rows, got x %s and y %s"
              .formatted(x.shape(), y.shape()));
    }
    Matmul.multiply(
        LinearOp.rows(x), LinearOp.rows(weight).transposed(), null, LinearOp.rows(y), true);
    Tensor sum = y.reshape(y.shape().toArray());
    return Tape.record(new AddLinearOp(y, x, weight), sum, y, x, weight);
  }

  @Override
  public void backward(Tensor dOut, Backward gradients) {
    Matrix d = LinearOp.rows(dOut);
    if (x.isTracked()) {
      Backward.Slot dX = gradients.slot(x);
      Matrix target =
          Matrix.of(dX.tensor().memory(), dX.tensor().dtype(), x.numRows(), x.lastDim());
      Matmul.multiply(d, LinearOp.rows(weight), null, target, dX.filled());
    }
    if (weight.isTracked()) {
      Backward.Slot dW = gradients.slot(weight);
      Matmul.multiply(
          d.transposed(), LinearOp.rows(x), null, LinearOp.rows(dW.tensor()), dW.filled());
    }
    if (y.isTracked()) {
      gradients.add(y, dOut.reshape(y.shape().toArray()));
    }
  }
}
