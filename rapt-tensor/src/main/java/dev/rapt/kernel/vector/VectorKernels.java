package dev.rapt.kernel.vector;

import dev.rapt.kernel.Kernels;
import dev.rapt.kernel.scalar.ScalarAttention;
import dev.rapt.kernel.scalar.ScalarRope;

/** The kernels of this package together. */
public final class VectorKernels {
  private VectorKernels() {}

  /** Bits of the machine's preferred vectors. */
  public static int vectorBits() {
    return VectorMath.FLOAT.vectorBitSize();
  }

  /** All kernels. */
  public static Kernels create() {
    return new Kernels(
        "vector (" + vectorBits() + " bits)",
        new VectorElementwise(),
        new VectorNorm(),
        new VectorSoftmax(),
        new ScalarRope(),
        new ScalarAttention(),
        new VectorOptimizer());
  }
}
