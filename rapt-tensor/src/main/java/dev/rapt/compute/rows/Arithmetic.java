package dev.rapt.compute.rows;

import dev.rapt.compute.KernelChoice;
import dev.rapt.kernel.Kernels;
import dev.rapt.tensor.Tensor;

/** Element-wise arithmetic on whole tensors of any float type, divided among the workers. */
public final class Arithmetic {
  private static final Kernels KERNELS = KernelChoice.kernels();

  private Arithmetic() {}

  /** out = a + b; all have the same number of elements. */
  public static void add(Tensor out, Tensor a, Tensor b) {
    Rows.forElements(
        out.numElements(),
        block ->
            KERNELS.elementwise().add(block.out(out), block.in(a), block.in(b), block.elements()));
  }

  /** out = scale x. */
  public static void scale(Tensor out, Tensor x, float scale) {
    Rows.forElements(
        out.numElements(),
        block -> KERNELS.elementwise().scale(block.out(out), block.in(x), scale, block.elements()));
  }

  /** out = x, converted to the type of out. */
  public static void copy(Tensor out, Tensor x) {
    if (out.dtype() == x.dtype()) {
      out.memory().copyFrom(x.memory());
      return;
    }
    Rows.forElements(
        out.numElements(),
        block ->
            KERNELS
                .elementwise()
                .addScaled(block.out(out), 1, block.in(x), 0, block.in(x), block.elements()));
  }
}
