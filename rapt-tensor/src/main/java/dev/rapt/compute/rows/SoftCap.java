package dev.rapt.compute.rows;

import dev.rapt.compute.KernelChoice;
import dev.rapt.kernel.Activation;
import dev.rapt.kernel.ElementwiseKernel;
import dev.rapt.kernel.Workspace;
import java.lang.foreign.MemorySegment;

/** Logit soft-capping, cap tanh(x / cap), of f32 memory. Gemma 2, arXiv:2408.00118, section 2. */
public final class SoftCap {
  private static final ElementwiseKernel KERNEL = KernelChoice.kernels().elementwise();

  private SoftCap() {}

  /** out = cap tanh(x / cap); out may be x. */
  public static void value(MemorySegment out, MemorySegment x, float cap, long n) {
    KERNEL.scale(out, x, 1 / cap, n);
    KERNEL.activate(out, out, Activation.TANH, n);
    KERNEL.scale(out, out, cap, n);
  }

  /** dX = (1 - tanh(x / cap)^2) d; dX may be d. */
  public static void derivative(
      MemorySegment dX, MemorySegment x, MemorySegment d, float cap, long n) {
    try (Workspace workspace = Workspace.enter()) {
      MemorySegment scaled = workspace.take(n * Float.BYTES);
      KERNEL.scale(scaled, x, 1 / cap, n);
      KERNEL.activateBackward(dX, scaled, d, Activation.TANH, n);
    }
  }
}
