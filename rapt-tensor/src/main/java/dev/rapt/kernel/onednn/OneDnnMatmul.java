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
 * Matrix products by oneDNN's matmul primitive, on the calling thread only. A primitive is built
 * once for a combination of sizes, strides, types, bias and epilogue, and kept by the thread's
 * {@link MatmulContext}. Types that oneDNN would compute with its reference loops count as
 * unsupported.
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
   * The post-ops of a product in oneDNN's terms: an element-wise function, then the sum with the
   * previous contents of the destination.
   *
   * @param eltwise dnnl_alg_kind_t of the function, or {@link Dnnl#NO_ELTWISE}
   * @param alpha parameter of that function
   */
  record Following(int eltwise, float alpha, boolean accumulate) {
    static final Following NOTHING = new Following(Dnnl.NO_ELTWISE, 0, false);
    static final Following SUM = new Following(Dnnl.NO_ELTWISE, 0, true);

    /** Returns null for functions that oneDNN lacks or that no model needs here. */
    static @Nullable Following of(Activation f, boolean accumulate) {
      return switch (f) {
        case IDENTITY -> new Following(Dnnl.NO_ELTWISE, 0, accumulate);
        case GELU -> new Following(Dnnl.GELU_ERF, 0, accumulate);
        case GELU_TANH -> new Following(Dnnl.GELU_TANH, 0, accumulate);
        case QUICK_GELU -> new Following(Dnnl.SWISH, 1.702f, accumulate);
        case RELU -> new Following(Dnnl.RELU, 0, accumulate);
        case SILU -> new Following(Dnnl.SWISH, 1, accumulate);
        case TANH -> new Following(Dnnl.TANH, 0, accumulate);
        default -> null;
      };
    }
  }

  /**
   * Whether oneDNN has an implementation other than reference loops, for whole matrices and for
   * slices of wider ones.
   */
  private static boolean isFast(DType a, DType b, DType c, Following following) {
    return isFast(implementation(a, b, c, following, Form.WHOLE))
        && isFast(implementation(a, b, c, following, Form.SLICE));
  }

  private static boolean isFast(@Nullable String implementation) {
    return implementation != null && !implementation.contains("ref");
  }

  /**
   * Returns the name of oneDNN's implementation for a product of two 256 x 256 matrices, null if it
   * has none.
   */
  public static @Nullable String implementation(DType a, DType b, DType c, boolean accumulate) {
    return implementation(a, b, c, accumulate ? Following.SUM : Following.NOTHING, Form.WHOLE);
  }

  /**
   * Layout of a product of matrices with 256 columns.
   *
   * @param rows of a and c
   * @param transposed whether the columns of b are contiguous
   * @param stride elements from one row of c to the next
   */
  record Form(long rows, boolean transposed, long stride) {
    static final Form WHOLE = new Form(256, false, 256);
    static final Form SLICE = new Form(5, true, 512);
  }

  static @Nullable String implementation(
      DType a, DType b, DType c, Following following, Form form) {
    long n = 256;
    long src = Dnnl.createMatrix(type(a), form.rows, n, n, 1);
    long weights =
        Dnnl.createMatrix(type(b), n, n, form.transposed ? 1 : n, form.transposed ? n : 1);
    long dst = Dnnl.createMatrix(type(c), form.rows, n, form.stride, 1);
    long matmul = Dnnl.createMatmul(OneDnn.engine(), src, weights, 0, dst, following);
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
    multiply(a, b, bias, c, accumulate ? Following.SUM : Following.NOTHING);
  }

  /**
   * The addend is copied into c, and the product is added to it. oneDNN also has a post-op that
   * adds another matrix, but if that matrix is a slice of a wider one, the whole product falls back
   * to reference loops.
   */
  @Override
  public void multiply(
      Matrix a, Matrix b, @Nullable MemorySegment bias, Matrix c, Epilogue epilogue) {
    Matrix addend = epilogue.addend();
    Following following = Following.of(epilogue.activation(), addend != null);
    if (following == null) {
      throw new IllegalArgumentException(
          "matmul: the activation must be one that oneDNN fuses, got " + epilogue.activation());
    }
    if (addend != null) {
      copy(addend, c);
    }
    multiply(a, b, bias, c, following);
  }

  private static void copy(Matrix from, Matrix to) {
    long rowBytes = to.cols() * to.dtype().byteSize();
    for (long row = 0; row < to.rows(); row++) {
      MemorySegment.copy(
          from.memory(), rowStart(from, row), to.memory(), rowStart(to, row), rowBytes);
    }
  }

  /** Offset of the start of a row, in bytes. */
  private static long rowStart(Matrix m, long row) {
    return (m.offset() + row * m.rowStride()) * m.dtype().byteSize();
  }

  private static void multiply(
      Matrix a, Matrix b, @Nullable MemorySegment bias, Matrix c, Following following) {
    MatmulContext context = CONTEXTS.take();
    try {
      context.multiply(a, b, bias, c, following);
    } finally {
      CONTEXTS.give(context);
    }
  }
}
