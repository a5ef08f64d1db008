package dev.rapt.autograd;

import dev.rapt.compute.rows.Spans;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;

/** Slice of the last dimension: out = columns [from, from + count) of x. */
record ColumnsOp(Tensor x, long from) implements Op {
  static Tensor apply(Tensor x, long from, long count) {
    if (from < 0 || count < 0 || from + count > x.lastDim()) {
      throw new IllegalArgumentException(
          "columns: must be within the last dimension, got [%d, %d) of %s"
              .formatted(from, from + count, x.shape()));
    }
    long[] dims = x.shape().toArray();
    dims[dims.length - 1] = count;
    Tensor out = Scope.innermost(x).empty(x.dtype(), dims);
    Spans.columns(Spans::copy, out, 0, x, from, count);
    return Tape.record(new ColumnsOp(x, from), out, x);
  }

  @Override
  public void backward(Tensor dOut, Backward gradients) {
    Tensor dX = gradients.zeroedSlot(x).reshape(x.shape().toArray());
    Spans.columns(Spans::add, dX, from, dOut, 0, dOut.lastDim());
    gradients.tape().release(dX);
  }
}
