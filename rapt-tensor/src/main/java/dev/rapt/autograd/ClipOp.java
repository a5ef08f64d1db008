package dev.rapt.autograd;

import dev.rapt.compute.KernelChoice;
import dev.rapt.compute.rows.Rows;
import dev.rapt.kernel.ElementwiseKernel;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;

/** Clipping, out = x clipped to [-bound, bound]; the gradient of clipped elements is 0. */
record ClipOp(Tensor x, float bound) implements Op {
  private static final ElementwiseKernel KERNEL = KernelChoice.kernels().elementwise();

  static Tensor apply(Tensor x, float bound) {
    if (!(bound > 0)) {
      throw new IllegalArgumentException("clip: the bound must be positive, got " + bound);
    }
    Tensor out = Scope.innermost(x).empty(x.dtype(), x.shape());
    Rows.forElements(
        x.numElements(),
        block -> KERNEL.clip(block.out(out), block.in(x), bound, block.elements()));
    return Tape.record(new ClipOp(x, bound), out, x);
  }

  @Override
  public void backward(Tensor dOut, Backward gradients) {
    Tensor dX = gradients.reuse(dOut);
    Rows.forElements(
        x.numElements(),
        block ->
            KERNEL.clipBackward(
                block.out(dX), block.in(x), block.in(dOut), bound, block.elements()));
    gradients.add(x, dX);
  }
}
