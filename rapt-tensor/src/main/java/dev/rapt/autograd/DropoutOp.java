package dev.rapt.autograd;

import dev.rapt.compute.KernelChoice;
import dev.rapt.compute.rows.Rows;
import dev.rapt.kernel.ElementwiseKernel;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;

/** Inverted dropout. The mask is a function of the seed, so it is not stored. */
record DropoutOp(Tensor x, float probability, long seed) implements Op {
  private static final ElementwiseKernel KERNEL = KernelChoice.kernels().elementwise();

  static Tensor apply(Tensor x, float probability, long seed) {
    if (!(probability >= 0 && probability < 1)) {
      throw new IllegalArgumentException(
          "dropout: the probability must be in [0, 1), got " + probability);
    }
    Tensor out = Scope.innermost(x).empty(x.dtype(), x.shape());
    drop(out, x, probability, seed);
    return Tape.record(new DropoutOp(x, probability, seed), out, x);
  }

  private static void drop(Tensor out, Tensor x, float probability, long seed) {
    Rows.forElements(
        x.numElements(),
        block ->
            KERNEL.dropout(
                block.out(out), block.in(x), probability, seed, block.from(), block.elements()));
  }

  @Override
  public void backward(Tensor dOut, Backward gradients) {
    Tensor dX = gradients.reuse(dOut);
    drop(dX, dOut, probability, seed);
    gradients.add(x, dX);
  }
}
