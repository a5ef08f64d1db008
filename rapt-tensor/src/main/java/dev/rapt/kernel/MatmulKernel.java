package dev.rapt.kernel;

import dev.rapt.tensor.DType;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * Matrix product (GEMM) on the calling thread: c = a b + bias, or c += a b. {@code
 * dev.rapt.compute.Matmul} divides the work among threads and gives each a slice of c.
 */
public interface MatmulKernel {
  /** Name for messages, with the version of the underlying library. */
  String name();

  /** Whether products of these element types can be computed natively on this machine. */
  boolean supports(DType a, DType b, DType c);

  /**
   * Computes the product.
   *
   * @param a (M, K), either order
   * @param b (K, N), either order
   * @param bias (N) f32, added to every row; none if null; must be null when accumulating
   * @param c (M, N), row-major; does not overlap a or b
   * @param accumulate whether to add to c instead of overwriting it
   */
  void multiply(Matrix a, Matrix b, @Nullable MemorySegment bias, Matrix c, boolean accumulate);
}
