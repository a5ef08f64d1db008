package dev.rapt.autograd;

import dev.rapt.compute.rows.Spans;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import java.util.Arrays;
import java.util.List;

/** Concatenation along the last dimension. */
record ConcatOp(List<Tensor> parts) implements Op {
  static Tensor apply(List<Tensor> parts) {
    if (parts.isEmpty()) {
      throw new IllegalArgumentException("concat: needs at least one tensor, got none");
    }
    Tensor first = parts.getFirst();
    long cols = 0;
    for (Tensor part : parts) {
      if (!Arrays.equals(leading(part), leading(first))) {
        throw new IllegalArgumentException(
            "concat: shapes must agree up to the last dimension, got %s and %s"
                .formatted(first.shape(), part.shape()));
      }
      cols += part.lastDim();
    }
    long[] dims = first.shape().toArray();
    dims[dims.length - 1] = cols;
    Tensor[] operands = parts.toArray(new Tensor[0]);
    Tensor out = Scope.innermost(operands).empty(first.dtype(), dims);
    long at = 0;
    for (Tensor part : parts) {
      Spans.columns(Spans::copy, out, at, part, 0, part.lastDim());
      at += part.lastDim();
    }
    return Tape.record(new ConcatOp(List.copyOf(parts)), out, operands);
  }

  private static long[] leading(Tensor x) {
    long[] dims = x.shape().toArray();
    return Arrays.copyOf(dims, dims.length - 1);
  }

  @Override
  public void backward(Tensor dOut, Backward gradients) {
    long from = 0;
    for (Tensor part : parts) {
      if (part.isTracked()) {
        Tensor d = gradients.tape().empty(part.dtype(), part.shape());
        Spans.columns(Spans::copy, d, 0, dOut, from, part.lastDim());
        gradients.add(part, d);
      }
      from += part.lastDim();
    }
  }
}
