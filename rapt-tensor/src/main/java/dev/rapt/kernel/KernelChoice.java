package dev.rapt.kernel;

import dev.rapt.kernel.scalar.ScalarAttention;
import dev.rapt.kernel.scalar.ScalarElementwise;
import dev.rapt.kernel.scalar.ScalarNorm;
import dev.rapt.kernel.scalar.ScalarOptimizer;
import dev.rapt.kernel.scalar.ScalarRope;
import dev.rapt.kernel.scalar.ScalarSoftmax;

/** Picks the kernels of this process, once, and says what it picked. */
public final class KernelChoice {
  private static final Kernels SCALAR =
      new Kernels(
          "scalar",
          new ScalarElementwise(),
          new ScalarNorm(),
          new ScalarSoftmax(),
          new ScalarRope(),
          new ScalarAttention(),
          new ScalarOptimizer());

  private KernelChoice() {}

  /** The kernels of this process. */
  public static Kernels kernels() {
    return SCALAR;
  }

  /** The plain loops: slow, and the reference for every other implementation. */
  public static Kernels scalar() {
    return SCALAR;
  }

  /** A sentence that says which kernels are active and why. */
  public static String explanation() {
    return "kernels: scalar";
  }
}
