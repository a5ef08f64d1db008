package dev.rapt.autograd;

import dev.rapt.autograd.expert.ExpertDispatch;
import dev.rapt.compute.rows.Spans;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;

/**
 * Expert dispatch, which copies tokens to the rows of their experts: out[m, :] = x[token of row m,
 * :].
 */
record DispatchOp(Tensor x, ExpertDispatch dispatch) implements Op {
  static Tensor apply(Tensor x, ExpertDispatch dispatch) {
    long D = x.lastDim();
    if (x.numRows() != dispatch.numTokens()) {
      throw new IllegalArgumentException(
          "experts: x must have a row for each of %d tokens, got %s"
              .formatted(dispatch.numTokens(), x.shape()));
    }
    Tensor out = Scope.innermost(x).empty(x.dtype(), dispatch.numRows(), D);
    Spans.forEach(dispatch.numRows(), D, m -> Spans.copy(out, m * D, x, dispatch.token(m) * D, D));
    return Tape.record(new DispatchOp(x, dispatch), out, x);
  }

  /** Each task computes its own tokens, so rows are added without locks and in a fixed order. */
  @Override
  public void backward(Tensor dOut, Backward gradients) {
    long D = x.lastDim();
    Tensor dX = gradients.zeroedSlot(x);
    Spans.forEach(
        dispatch.numTokens(),
        D * dispatch.topK(),
        n -> {
          for (int j = 0; j < dispatch.topK(); j++) {
            Spans.add(dX, n * D, dOut, dispatch.place(n, j) * D, D);
          }
        });
  }
}
