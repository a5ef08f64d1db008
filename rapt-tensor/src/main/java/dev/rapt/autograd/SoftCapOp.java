package dev.rapt.autograd;

import dev.rapt.compute.KernelChoice;
import dev.rapt.compute.rows.Rows;
import dev.rapt.kernel.Activation;
import dev.rapt.kernel.ElementwiseKernel;
import dev.rapt.kernel.Workspace;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import java.lang.foreign.MemorySegment;

/** Logit soft-capping: out = cap tanh(x / cap). Gemma 2, arXiv:2408.00118, section 2. */
record SoftCapOp(Tensor x, float cap) implements Op {
  private static final ElementwiseKernel KERNEL = KernelChoice.kernels().elementwise();

  static Tensor apply(Tensor x, float cap) {
    if (!(cap > 0)) {
      throw new IllegalArgumentException("soft cap: the cap must be positive, got " + cap);
    }
    Tensor out = Scope.innermost(x).empty(x.dtype(), x.shape());
    Rows.forElements(
        x.numElements(), block -> value(block.out(out), block.in(x), cap, block.elements()));
    return Tape.record(new SoftCapOp(x, cap), out, x);
  }

  /** out = cap tanh(x / cap); out may be x. */
  static void value(MemorySegment out, MemorySegment x, float cap, long n) {
    KERNEL.scale(out, x, 1 / cap, n);
    KERNEL.activate(out, out, Activation.TANH, n);
    KERNEL.scale(out, out, cap, n);
  }

  /** dX = (1 - tanh(x / cap)^2) d; dX may be d. */
  static void derivative(MemorySegment dX, MemorySegment x, MemorySegment d, float cap, long n) {
    try (Workspace workspace = Workspace.enter()) {
      MemorySegment scaled = workspace.take(n * Float.BYTES);
      KERNEL.scale(scaled, x, 1 / cap, n);
      KERNEL.activateBackward(dX, scaled, d, Activation.TANH, n);
    }
  }

  @Override
  public void backward(Tensor dOut, Backward gradients) {
    Tensor dX = gradients.reuse(dOut);
    Rows.forElements(
        x.numElements(),
        block -> derivative(block.out(dX), block.in(x), block.in(dOut), cap, block.elements()));
    gradients.add(x, dX);
  }
}
