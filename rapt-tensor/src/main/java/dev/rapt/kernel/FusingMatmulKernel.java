package dev.rapt.kernel;

import dev.rapt.tensor.DType;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/** Products that go through element-wise operations while they are still in registers. */
public interface FusingMatmulKernel extends MatmulKernel {
  /**
   * Whether products of these types, which {@link #supports} accepts, can be followed by this.
   *
   * @param f applied to the product
   * @param adds whether a matrix of the type of c is then added
   */
  boolean fuses(DType a, DType b, DType c, Activation f, boolean adds);

  /**
   * Computes c = f(a b + bias) + addend, which is rounded once.
   *
   * @param a (M, K), either order
   * @param b (K, N), either order
   * @param bias (N) f32, added to every row; none if null
   * @param c (M, N), row-major; does not overlap a, b or the addend
   */
  void multiply(Matrix a, Matrix b, @Nullable MemorySegment bias, Matrix c, Epilogue epilogue);
}
