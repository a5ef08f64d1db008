package dev.rapt.kernel.onednn;

import dev.rapt.kernel.MatmulKernel;
import dev.rapt.kernel.Matrix;
import dev.rapt.kernel.Pool;
import dev.rapt.tensor.DType;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Products by oneDNN's matmul primitive, on the calling thread alone. A primitive is built once for
 * a combination of sizes, strides, types and bias, and kept by the thread's {@link MatmulContext}.
 * Types that oneDNN would compute with its reference loops count as unsupported.
 */
public final class OneDnnMatmul implements MatmulKernel {
  private static final Pool<MatmulContext> CONTEXTS =
      new Pool<>(MatmulContext::new, MatmulContext::close);

  private final ConcurrentHashMap<Integer, Boolean> supported = new ConcurrentHashMap<>();

  /**
   * @throws IllegalStateException if the library is not available
   */
  public OneDnnMatmul() {
    OneDnn.natives();
  }

  @Override
  public String name() {
    return "oneDNN " + OneDnn.version() + " (" + OneDnn.instructions() + ")";
  }

  @Override
  public boolean supports(DType a, DType b, DType c) {
    if (!isKnown(a) || !(isKnown(b) || b == DType.F16) || !isKnown(c)) {
      return false;
    }
    int key = (type(a) << 16) | (type(b) << 8) | type(c);
    Boolean known = supported.get(key);
    if (known == null) {
      known = probe(a, b, c);
      supported.put(key, known);
    }
    return known;
  }

  private static boolean probe(DType a, DType b, DType c) {
    for (boolean accumulate : new boolean[] {false, true}) {
      String implementation = implementation(a, b, c, accumulate);
      if (implementation == null || implementation.contains("ref")) {
        return false;
      }
    }
    return true;
  }

  /**
   * Name of oneDNN's implementation for a product of two 256 x 256 matrices, null if it has none.
   */
  public static @Nullable String implementation(DType a, DType b, DType c, boolean accumulate) {
    long n = 256;
    long src = Dnnl.createMatrix(type(a), n, n, n, 1);
    long weights = Dnnl.createMatrix(type(b), n, n, n, 1);
    long dst = Dnnl.createMatrix(type(c), n, n, n, 1);
    long matmul = Dnnl.createMatmul(OneDnn.engine(), src, weights, 0, dst, accumulate);
    String name = null;
    if (matmul != 0) {
      name = Dnnl.implementation(matmul);
      Dnnl.destroyMatmul(matmul);
    }
    Dnnl.destroyMatrix(src);
    Dnnl.destroyMatrix(weights);
    Dnnl.destroyMatrix(dst);
    return name;
  }

  private static boolean isKnown(DType type) {
    return type == DType.F32 || type == DType.BF16;
  }

  /** The type as a dnnl_data_type_t. */
  static int type(DType type) {
    return switch (type) {
      case F32 -> Dnnl.F32;
      case BF16 -> Dnnl.BF16;
      case F16 -> Dnnl.F16;
      default ->
          throw new IllegalArgumentException(
              "matmul: operands must be f32, bf16 or f16, got " + type.label());
    };
  }

  @Override
  public void multiply(
      Matrix a, Matrix b, @Nullable MemorySegment bias, Matrix c, boolean accumulate) {
    MatmulContext context = CONTEXTS.take();
    try {
      context.multiply(a, b, bias, c, accumulate);
    } finally {
      CONTEXTS.give(context);
    }
  }
}
