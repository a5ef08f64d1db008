package dev.rapt.compute;

import dev.rapt.kernel.Activation;
import dev.rapt.kernel.ElementwiseKernel;
import dev.rapt.kernel.Epilogue;
import dev.rapt.kernel.FusingMatmulKernel;
import dev.rapt.kernel.MatmulKernel;
import dev.rapt.kernel.Matrix;
import dev.rapt.kernel.Workers;
import dev.rapt.kernel.onednn.OneDnn;
import dev.rapt.kernel.onednn.OneDnnMatmul;
import dev.rapt.kernel.scalar.ScalarMatmul;
import dev.rapt.kernel.vector.product.VectorHalfProducts;
import dev.rapt.kernel.vector.product.VectorMatmul;
import dev.rapt.tensor.DType;
import java.lang.foreign.MemorySegment;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Matrix products (GEMM) on all workers: c is divided into a grid of slices, each computed by one
 * thread. The grid depends only on the sizes and on the number of workers, so the same call on the
 * same machine gives the same bits.
 *
 * <p>The implementation is chosen once: oneDNN if it is available, otherwise the Vector API,
 * otherwise scalar loops. The system property {@code rapt.matmul} (onednn, vector or scalar)
 * overrides this.
 */
public final class Matmul {
  /**
   * Products with fewer than this many operations, 2 M N K, run on the calling thread, since
   * dividing them costs more than it gains; about 15 us of one core.
   */
  private static final long SMALL = 1 << 20;

  /** Slice sizes are multiples of these if c is large enough, as are the tiles of kernels. */
  private static final long ROW_GRANULE = 16;

  private static final long COL_GRANULE = 32;

  /**
   * For up to this many f32 rows, Rapt's own kernel multiplies by weights in 16 bits. For one row,
   * oneDNN read 12 to 25 GB/s of such weights, but 50 to 59 GB/s of f32 weights (AVX-512, two
   * threads). The number of rows from which oneDNN is faster is not measured yet, see docs/log.md.
   */
  private static final long FEW_ROWS = 4;

  private static final Choice CHOICE = choose();

  private Matmul() {}

  /**
   * @param kernel computes f32 and all other types that it supports
   * @param vector computes the types that kernel cannot; null without the Vector API
   * @param fewRows computes few f32 rows times 16-bit weights; null without the Vector API
   * @param converting computes all other types by converting them to f32
   * @param reason why a better implementation is not used; null if there is none
   */
  private record Choice(
      MatmulKernel kernel,
      @Nullable MatmulKernel vector,
      @Nullable MatmulKernel fewRows,
      MatmulKernel converting,
      @Nullable String reason) {

    MatmulKernel forProduct(Matrix a, Matrix b, Matrix c) {
      if (fewRows != null
          && a.rows() <= (b.rowStride() == 1 ? FEW_ROWS : 1)
          && a.colStride() == 1
          && fewRows.supports(a.dtype(), b.dtype(), c.dtype())) {
        return fewRows;
      }
      if (kernel.supports(a.dtype(), b.dtype(), c.dtype())) {
        return kernel;
      }
      return vector != null && vector.supports(a.dtype(), b.dtype(), c.dtype())
          ? vector
          : converting;
    }
  }

  private static Choice choose() {
    String asked = System.getProperty("rapt.matmul", "onednn");
    MatmulKernel vector = null;
    if (VectorModule.isPresent()) {
      vector = new VectorMatmul();
    }
    return switch (asked) {
      case "onednn" -> {
        if (OneDnn.isAvailable()) {
          yield choice(new OneDnnMatmul(), vector, null);
        }
        yield choice(vector == null ? new ScalarMatmul() : vector, vector, OneDnn.missing());
      }
      case "vector" -> {
        if (vector == null) {
          throw new IllegalArgumentException(
              "rapt.matmul: vector needs the Vector API; pass " + VectorModule.FLAG);
        }
        yield choice(vector, vector, "rapt.matmul=vector");
      }
      case "scalar" -> choice(new ScalarMatmul(), null, "rapt.matmul=scalar");
      default ->
          throw new IllegalArgumentException(
              "rapt.matmul: must be onednn, vector or scalar, got " + asked);
    };
  }

  private static Choice choice(
      MatmulKernel kernel, @Nullable MatmulKernel vector, @Nullable String reason) {
    MatmulKernel f32 = vector == null ? kernel : vector;
    ElementwiseKernel conversion = KernelChoice.kernels().elementwise();
    MatmulKernel fewRows = vector == null ? null : new VectorHalfProducts();
    return new Choice(kernel, vector, fewRows, new ConvertingMatmul(f32, conversion), reason);
  }

  /** Name of the implementation in use, for example {@code oneDNN 3.13.0 (avx2)}. */
  public static String name() {
    return CHOICE.kernel.name();
  }

  /** Why a faster implementation is not in use and what to do about it; null if none is missing. */
  public static @Nullable String reason() {
    return CHOICE.reason;
  }

  /** Whether products of these types run natively, without conversion of operands. */
  public static boolean isNative(DType a, DType b, DType c) {
    return CHOICE.kernel.supports(a, b, c);
  }

  /**
   * Computes c = a b + bias, or c += a b, on all workers. Operands are f32, bf16 or f16, the result
   * f32 or bf16; sums are kept in f32. The memory must be accessible from all threads: workers read
   * and write it.
   *
   * @param a (M, K), either order
   * @param b (K, N), either order
   * @param bias (N) f32, added to every row, or null; must be null when accumulating
   * @param c (M, N), row-major; does not overlap a or b
   * @param accumulate whether to add to c instead of overwriting it
   * @throws IllegalArgumentException if the sizes do not fit together, a matrix exceeds its memory,
   *     memory is not off-heap, or a type is not supported
   */
  public static void multiply(
      Matrix a, Matrix b, @Nullable MemorySegment bias, Matrix c, boolean accumulate) {
    check(a, b, bias, c, accumulate);
    if (c.rows() == 0 || c.cols() == 0) {
      return;
    }
    if (a.cols() == 0) {
      if (!accumulate) {
        fill(c, bias);
      }
      return;
    }
    MatmulKernel kernel = CHOICE.forProduct(a, b, c);
    long work = 2 * a.cols() * c.rows() * c.cols();
    if (Workers.shared().numThreads() == 1 || work < SMALL) {
      kernel.multiply(a, b, bias, c, accumulate);
      return;
    }
    forSlices(
        c,
        slice ->
            kernel.multiply(slice.rows(a), slice.cols(b), slice.of(bias), slice.of(c), accumulate));
  }

  /**
   * Computes c = a b + bias on the calling thread, which is a worker with a part of a larger
   * product: for few rows and contiguous columns of b by dot products, without packing.
   *
   * @param a (M, K), row-major
   * @param b (K, N), either order
   * @param bias (N) f32, added to every row, or null
   * @param c (M, N), row-major; does not overlap a or b
   * @throws IllegalArgumentException as for {@link #multiply(Matrix, Matrix, MemorySegment, Matrix,
   *     boolean)}
   */
  public static void multiplyPart(Matrix a, Matrix b, @Nullable MemorySegment bias, Matrix c) {
    check(a, b, bias, c, false);
    MatmulKernel vector = CHOICE.vector;
    MatmulKernel kernel =
        vector != null && a.rows() <= FEW_ROWS && vector.supports(a.dtype(), b.dtype(), c.dtype())
            ? vector
            : CHOICE.forProduct(a, b, c);
    kernel.multiply(a, b, bias, c, false);
  }

  /**
   * Whether {@link #multiply(Matrix, Matrix, MemorySegment, Matrix, Epilogue)} can fuse the
   * epilogue of this product, that is, compute it in one pass over memory.
   *
   * @param f applied to the product
   * @param adds whether a matrix of the type of c is then added
   */
  public static boolean fuses(Matrix a, Matrix b, Matrix c, Activation f, boolean adds) {
    return a.cols() > 0
        && CHOICE.forProduct(a, b, c) instanceof FusingMatmulKernel kernel
        && kernel.fuses(a.dtype(), b.dtype(), c.dtype(), f, adds);
  }

  /**
   * Computes c = f(a b + bias) + addend, a product with a fused epilogue, on all workers; the
   * result is rounded once. Call this only if {@link #fuses} returns true.
   *
   * @param a (M, K), either order
   * @param b (K, N), either order
   * @param bias (N) f32, added to every row; none if null
   * @param c (M, N), row-major; does not overlap a, b or the addend
   * @throws IllegalArgumentException as for the other method; if the addend differs from c in size,
   *     type or order; or if no implementation fuses this epilogue
   */
  public static void multiply(
      Matrix a, Matrix b, @Nullable MemorySegment bias, Matrix c, Epilogue epilogue) {
    check(a, b, bias, c, false);
    Matrix addend = epilogue.addend();
    if (addend != null) {
      check("addend", addend);
      if (addend.rows() != c.rows()
          || addend.cols() != c.cols()
          || addend.dtype() != c.dtype()
          || addend.colStride() != 1) {
        throw new IllegalArgumentException(
            "matmul: the addend must match the result %s, row-major, got %s".formatted(c, addend));
      }
    }
    if (!(CHOICE.forProduct(a, b, c) instanceof FusingMatmulKernel kernel)
        || !fuses(a, b, c, epilogue.activation(), addend != null)) {
      throw new IllegalArgumentException(
          "matmul: " + name() + " must fuse " + epilogue.activation() + "; check fuses first");
    }
    if (c.rows() == 0 || c.cols() == 0) {
      return;
    }
    long work = 2 * a.cols() * c.rows() * c.cols();
    if (Workers.shared().numThreads() == 1 || work < SMALL) {
      kernel.multiply(a, b, bias, c, epilogue);
      return;
    }
    forSlices(
        c,
        slice ->
            kernel.multiply(
                slice.rows(a), slice.cols(b), slice.of(bias), slice.of(c), slice.of(epilogue)));
  }

  /** Runs work on slices of c, on all workers. */
  private static void forSlices(Matrix c, Consumer<Slice> work) {
    Workers workers = Workers.shared();
    Grid grid = Grid.of(c.rows(), c.cols(), workers.numThreads());
    workers.run(
        grid.count(),
        index -> {
          long rowFrom = grid.rowFrom(index), colFrom = grid.colFrom(index);
          work.accept(
              new Slice(
                  rowFrom,
                  Math.min(c.rows(), rowFrom + grid.sliceRows),
                  colFrom,
                  Math.min(c.cols(), colFrom + grid.sliceCols)));
        });
  }

  /** Rows [rowFrom, rowTo) and columns [colFrom, colTo) of a product. */
  private record Slice(long rowFrom, long rowTo, long colFrom, long colTo) {
    Matrix rows(Matrix a) {
      return a.rows(rowFrom, rowTo);
    }

    Matrix cols(Matrix b) {
      return b.cols(colFrom, colTo);
    }

    Matrix of(Matrix c) {
      return c.rows(rowFrom, rowTo).cols(colFrom, colTo);
    }

    @Nullable MemorySegment of(@Nullable MemorySegment bias) {
      return bias == null ? null : bias.asSlice(4 * colFrom, 4 * (colTo - colFrom));
    }

    Epilogue of(Epilogue epilogue) {
      return epilogue.slice(rowFrom, rowTo, colFrom, colTo);
    }
  }

  /**
   * Slices of a (rows, cols) matrix, row by row.
   *
   * @param sliceRows rows of a slice; the last may have fewer
   * @param sliceCols columns of a slice; the last may have fewer
   * @param across number of slices across
   * @param down number of slices down
   */
  record Grid(long sliceRows, long sliceCols, int across, int down) {
    /** Returns a grid of at most numSlices slices of about equal area, as square as possible. */
    static Grid of(long rows, long cols, int numSlices) {
      Grid best = new Grid(rows, cols, 1, 1);
      for (int down = 1; down <= numSlices; down++) {
        long sliceRows = slice(rows, down, ROW_GRANULE);
        long sliceCols = slice(cols, numSlices / down, COL_GRANULE);
        Grid grid =
            new Grid(
                sliceRows,
                sliceCols,
                Math.toIntExact(ceilDiv(cols, sliceCols)),
                Math.toIntExact(ceilDiv(rows, sliceRows)));
        if (grid.cost() < best.cost()) {
          best = grid;
        }
      }
      return best;
    }

    /**
     * Estimates the time: the area of the largest slice determines the arithmetic, its edges the
     * memory that is read.
     */
    private double cost() {
      return (double) sliceRows * sliceCols + 16.0 * (sliceRows + sliceCols);
    }

    private static long slice(long size, int count, long granule) {
      long slice = ceilDiv(size, count);
      return Math.min(size, ceilDiv(slice, granule) * granule);
    }

    private static long ceilDiv(long a, long b) {
      return (a + b - 1) / b;
    }

    int count() {
      return across * down;
    }

    long rowFrom(int index) {
      return (index / across) * sliceRows;
    }

    long colFrom(int index) {
      return (index % across) * sliceCols;
    }
  }

  private static void check(
      Matrix a, Matrix b, @Nullable MemorySegment bias, Matrix c, boolean accumulate) {
    if (a.cols() != b.rows()) {
      throw new IllegalArgumentException(
          "matmul: inner dimensions differ, got a " + shape(a) + " and b " + shape(b));
    }
    if (c.rows() != a.rows() || c.cols() != b.cols()) {
      throw new IllegalArgumentException(
          "matmul: result must be ("
              + a.rows()
              + ", "
              + b.cols()
              + "), got "
              + shape(c)
              + " for a "
              + shape(a)
              + " and b "
              + shape(b));
    }
    if (c.colStride() != 1) {
      throw new IllegalArgumentException(
          "matmul: result must be row-major, got strides " + c.rowStride() + " and 1");
    }
    if (bias != null) {
      if (accumulate) {
        throw new IllegalArgumentException("matmul: bias must be null when accumulating");
      }
      if (bias.byteSize() < 4 * c.cols()) {
        throw new IllegalArgumentException(
            "matmul: bias must hold " + c.cols() + " f32, got " + bias.byteSize() + " bytes");
      }
    }
    check("a", a);
    check("b", b);
    check("result", c);
    if (c.dtype() == DType.F16) {
      throw new IllegalArgumentException("matmul: result must be f32 or bf16, got f16");
    }
  }

  private static void check(String name, Matrix m) {
    if (m.dtype() != DType.F32 && m.dtype() != DType.BF16 && m.dtype() != DType.F16) {
      throw new IllegalArgumentException(
          "matmul: " + name + " must be f32, bf16 or f16, got " + m.dtype().label());
    }
    if (m.rows() < 0 || m.cols() < 0 || m.offset() < 0) {
      throw new IllegalArgumentException(
          "matmul: sizes must not be negative, got " + name + " " + m + " at " + m.offset());
    }
    if (m.rows() == 0 || m.cols() == 0) {
      return;
    }
    if (!m.memory().isNative()) {
      throw new IllegalArgumentException(
          "matmul: memory must be off-heap, got an array for " + name);
    }
    long last = m.offset() + (m.rows() - 1) * m.rowStride() + (m.cols() - 1) * m.colStride();
    if ((last + 1) * m.dtype().byteSize() > m.memory().byteSize()) {
      throw new IllegalArgumentException(
          "matmul: %s must fit in its memory, got %s, strides %d and %d, at element %d of %d bytes"
              .formatted(name, m, m.rowStride(), m.colStride(), m.offset(), m.memory().byteSize()));
    }
  }

  private static String shape(Matrix m) {
    return "(" + m.rows() + ", " + m.cols() + ")";
  }

  private static void fill(Matrix c, @Nullable MemorySegment bias) {
    // all sums are empty, so c is the bias or 0
    MatmulKernel scalar = new ScalarMatmul();
    Matrix a = new Matrix(MemorySegment.NULL, 0, DType.F32, c.rows(), 0, 1, 1);
    Matrix b = new Matrix(MemorySegment.NULL, 0, DType.F32, 0, c.cols(), 1, 1);
    scalar.multiply(a, b, bias, c, false);
  }
}
