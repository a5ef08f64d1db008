package dev.rapt.kernel;

import dev.rapt.tensor.DType;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * Matrix product with a fused epilogue: element-wise operations on the result before it is stored.
 */
public interface FusingMatmulKernel extends MatmulKernel {
  /**
   * Whether this epilogue can be fused into products of these types, which {@link #supports}
   * accepts.
   *
   * @param f applied to the product
   * @param adds whether a matrix of the type of c is then added
   */
  boolean fuses(DType a, DType b, DType c, Activation f, boolean adds);

  /**
   * Computes c = f(a b + bias) + addend with one rounding.
   *
   * @param a (M, K), either order
   * @param b (K, N), either order
   * @param bias (N) f32, added to every row; none if null
   * @param c (M, N), row-major; does not overlap a, b or the addend
   */
  void multiply(Matrix a, Matrix b, @Nullable MemorySegment bias, Matrix c, Epilogue epilogue);
}
