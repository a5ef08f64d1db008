package dev.rapt.autograd;

import dev.rapt.compute.KernelChoice;
import dev.rapt.compute.rows.Rows;
import dev.rapt.kernel.ElementwiseKernel;
import dev.rapt.kernel.Gating;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;

/** Gate of a gated MLP (GLU, SwiGLU, GeGLU): out = f(gate, up). GLU variants, arXiv:2002.05202. */
record GateOp(Tensor gate, Tensor up, Gating f) implements Op {
  private static final ElementwiseKernel KERNEL = KernelChoice.kernels().elementwise();

  static Tensor apply(Tensor gate, Tensor up, Gating f) {
    if (!gate.shape().equals(up.shape())) {
      throw new IllegalArgumentException(
          "gate: shapes differ, got " + gate.shape() + " and " + up.shape());
    }
    Tensor out = Scope.innermost(gate, up).empty(gate.dtype(), gate.shape());
    Rows.forElements(
        gate.numElements(),
        block -> KERNEL.gate(block.out(out), block.in(gate), block.in(up), f, block.elements()));
    return Tape.record(new GateOp(gate, up, f), out, gate, up);
  }

  @Override
  public void backward(Tensor dOut, Backward gradients) {
    Tensor dGate = gradients.tape().empty(gate.dtype(), gate.shape());
    Tensor dUp = gradients.reuse(dOut);
    Rows.forElements(
        gate.numElements(),
        block ->
            KERNEL.gateBackward(
                block.out(dGate),
                block.out(dUp),
                block.in(gate),
                block.in(up),
                block.in(dOut),
                f,
                block.elements()));
    gradients.addOrRelease(gate, dGate);
    gradients.addOrRelease(up, dUp);
  }
}
