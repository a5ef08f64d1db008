package dev.rapt.autograd;

import dev.rapt.compute.rows.Spans;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import java.util.Arrays;

/** Repetition of vectors: out[..., i, :] = x[..., :] for each i below times. */
record RepeatOp(Tensor x, long times) implements Op {
  static Tensor apply(Tensor x, long times) {
    if (times < 1) {
      throw new IllegalArgumentException("repeat: times must be at least 1, got " + times);
    }
    long D = x.lastDim();
    long[] dims = Arrays.copyOf(x.shape().toArray(), x.shape().rank() + 1);
    dims[dims.length - 2] = times;
    dims[dims.length - 1] = D;
    Tensor out = Scope.innermost(x).empty(x.dtype(), dims);
    Spans.forEach(
        x.numRows(),
        times * D,
        r -> {
          for (long i = 0; i < times; i++) {
            Spans.copy(out, (r * times + i) * D, x, r * D, D);
          }
        });
    return Tape.record(new RepeatOp(x, times), out, x);
  }

  @Override
  public void backward(Tensor dOut, Backward gradients) {
    long D = x.lastDim();
    Tensor dX = gradients.zeroedSlot(x);
    Spans.forEach(
        x.numRows(),
        times * D,
        r -> {
          for (long i = 0; i < times; i++) {
            Spans.add(dX, r * D, dOut, (r * times + i) * D, D);
          }
        });
  }
}
