package dev.rapt.autograd;

import dev.rapt.compute.rows.Rows;
import dev.rapt.compute.rows.SoftCap;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;

/** Logit soft-capping: out = cap tanh(x / cap). Gemma 2, arXiv:2408.00118, section 2. */
record SoftCapOp(Tensor x, float cap) implements Op {
  static Tensor apply(Tensor x, float cap) {
    if (!(cap > 0)) {
      throw new IllegalArgumentException("soft cap: the cap must be positive, got " + cap);
    }
    Tensor out = Scope.innermost(x).empty(x.dtype(), x.shape());
    Rows.forElements(
        x.numElements(),
        block -> SoftCap.value(block.out(out), block.in(x), cap, block.elements()));
    return Tape.record(new SoftCapOp(x, cap), out, x);
  }

  @Override
  public void backward(Tensor dOut, Backward gradients) {
    Tensor dX = gradients.reuse(dOut);
    Rows.forElements(
        x.numElements(),
        block ->
            SoftCap.derivative(block.out(dX), block.in(x), block.in(dOut), cap, block.elements()));
    gradients.add(x, dX);
  }
}
