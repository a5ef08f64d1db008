package dev.rapt.kernel.vector;

import dev.rapt.kernel.Kernels;
import dev.rapt.kernel.vector.attention.VectorAttention;
import dev.rapt.kernel.vector.block.VectorBlocks;
import dev.rapt.kernel.vector.elementwise.VectorElementwise;
import dev.rapt.kernel.vector.math.VectorMath;

/** All kernels in the Vector API. */
public final class VectorKernels {
  private VectorKernels() {}

  /** Width in bits of the machine's preferred vectors. */
  public static int vectorBits() {
    return VectorMath.FLOAT.vectorBitSize();
  }

  /** Creates all kernels. */
  public static Kernels create() {
    return new Kernels(
        "vector (" + vectorBits() + " bits)",
        new VectorElementwise(),
        new VectorNorm(),
        new VectorSoftmax(),
        new VectorRope(),
        new VectorAttention(),
        new VectorOptimizer(),
        new VectorUnpack(),
        new VectorBlocks(),
        new VectorLstm());
  }
}
