package dev.rapt.autograd;

import dev.rapt.compute.KernelChoice;
import dev.rapt.compute.rows.Rows;
import dev.rapt.kernel.Activation;
import dev.rapt.kernel.ElementwiseKernel;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;

/** Element-wise activation function: out = f(x). */
record ActivationOp(Tensor x, Activation f) implements Op {
  private static final ElementwiseKernel KERNEL = KernelChoice.kernels().elementwise();

  static Tensor apply(Tensor x, Activation f) {
    Tensor out = Scope.innermost(x).empty(x.dtype(), x.shape());
    Rows.forElements(
        x.numElements(),
        block -> KERNEL.activate(block.out(out), block.in(x), f, block.elements()));
    return Tape.record(new ActivationOp(x, f), out, x);
  }

  @Override
  public void backward(Tensor dOut, Backward gradients) {
    Tensor dX = gradients.reuse(dOut);
    Rows.forElements(
        x.numElements(),
        block ->
            KERNEL.activateBackward(
                block.out(dX), block.in(x), block.in(dOut), f, block.elements()));
    gradients.add(x, dX);
  }
}
