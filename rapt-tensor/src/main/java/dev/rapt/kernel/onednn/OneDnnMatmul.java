package dev.rapt.kernel.onednn;

import dev.rapt.kernel.Activation;
import dev.rapt.kernel.Epilogue;
import dev.rapt.kernel.FusingMatmulKernel;
import dev.rapt.kernel.Matrix;
import dev.rapt.kernel.Pool;
import dev.rapt.tensor.DType;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Products by oneDNN's matmul primitive, on the calling thread alone. A primitive is built once for
 * a combination of sizes, strides, types, bias and epilogue, and kept by the thread's {@link
 * MatmulContext}. Types that oneDNN would compute with its reference loops count as unsupported.
 */
public final class OneDnnMatmul implements FusingMatmulKernel {
  private static final Pool<MatmulContext> CONTEXTS =
      new Pool<>(MatmulContext::new, MatmulContext::close);

  private final ConcurrentHashMap<Integer, Boolean> supported = new ConcurrentHashMap<>();
  private final ConcurrentHashMap<Fusion, Boolean> fused = new ConcurrentHashMap<>();

  private record Fusion(DType a, DType b, DType c, Following following) {}

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
      known = isFast(a, b, c, Following.NOTHING) && isFast(a, b, c, Following.SUM);
      supported.put(key, known);
    }
    return known;
  }

  @Override
  public boolean fuses(DType a, DType b, DType c, Activation f, boolean adds) {
    Following following = Following.of(f, adds);
    if (following == null || !supports(a, b, c)) {
      return false;
    }
    Fusion fusion = new Fusion(a, b, c, following);
    Boolean known = fused.get(fusion);
    if (known == null) {
      known = isFast(a, b, c, following);
      fused.put(fusion, known);
    }
    return known;
  }

  /**
   * What follows a product, by the names that oneDNN has for it.
   *
   * @param eltwise dnnl_alg_kind_t of a function, or {@link Dnnl#NO_ELTWISE}
   * @param alpha of that function
   */
  record Following(boolean accumulate, int eltwise, float alpha, boolean adds) {
    static final Following NOTHING = new Following(false, Dnnl.NO_ELTWISE, 0, false);
    static final Following SUM = new Following(true, Dnnl.NO_ELTWISE, 0, false);

    /** Null for functions that oneDNN lacks or that no model wants here. */
    static @Nullable Following of(Activation f, boolean adds) {
      return switch (f) {
        case IDENTITY -> new Following(false, Dnnl.NO_ELTWISE, 0, adds);
        case GELU -> new Following(false, Dnnl.GELU_ERF, 0, adds);
        case GELU_TANH -> new Following(false, Dnnl.GELU_TANH, 0, adds);
        case QUICK_GELU -> new Following(false, Dnnl.SWISH, 1.702f, adds);
        case RELU -> new Following(false, Dnnl.RELU, 0, adds);
        case SILU -> new Following(false, Dnnl.SWISH, 1, adds);
        case TANH -> new Following(false, Dnnl.TANH, 0, adds);
        default -> null;
      };
    }

    Dnnl.PostOps postOps(long addend) {
      return new Dnnl.PostOps(accumulate, eltwise, alpha, adds ? addend : 0);
    }
  }

  private static boolean isFast(DType a, DType b, DType c, Following following) {
    String implementation = implementation(a, b, c, following);
    return implementation != null && !implementation.contains("ref");
  }

  /**
   * Name of oneDNN's implementation for a product of two 256 x 256 matrices, null if it has none.
   */
  public static @Nullable String implementation(DType a, DType b, DType c, boolean accumulate) {
    return implementation(a, b, c, accumulate ? Following.SUM : Following.NOTHING);
  }

  private static @Nullable String implementation(DType a, DType b, DType c, Following following) {
    long n = 256;
    long src = Dnnl.createMatrix(type(a), n, n, n, 1);
    long weights = Dnnl.createMatrix(type(b), n, n, n, 1);
    long dst = Dnnl.createMatrix(type(c), n, n, n, 1);
    long matmul = Dnnl.createMatmul(OneDnn.engine(), src, weights, 0, dst, following.postOps(dst));
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
    multiply(a, b, bias, c, accumulate ? Following.SUM : Following.NOTHING, null);
  }

  @Override
  public void multiply(
      Matrix a, Matrix b, @Nullable MemorySegment bias, Matrix c, Epilogue epilogue) {
    Following following = Following.of(epilogue.activation(), epilogue.addend() != null);
    if (following == null) {
      throw new IllegalArgumentException(
          "matmul: must be followed by what oneDNN fuses, got " + epilogue.activation());
    }
    multiply(a, b, bias, c, following, epilogue.addend());
  }

  private static void multiply(
      Matrix a,
      Matrix b,
      @Nullable MemorySegment bias,
      Matrix c,
      Following following,
      @Nullable Matrix addend) {
    MatmulContext context = CONTEXTS.take();
    try {
      context.multiply(a, b, bias, c, following, addend);
    } finally {
      CONTEXTS.give(context);
    }
  }
}
