package dev.rapt.kernel.vector.product;

import static dev.rapt.kernel.vector.math.Lanes.FLOAT;
import static dev.rapt.kernel.vector.math.Lanes.LANES;
import static dev.rapt.kernel.vector.math.Lanes.get;
import static dev.rapt.kernel.vector.math.Lanes.load;
import static dev.rapt.kernel.vector.math.Lanes.set;
import static dev.rapt.kernel.vector.math.Lanes.store;

import dev.rapt.kernel.MatmulKernel;
import dev.rapt.kernel.Matrix;
import dev.rapt.kernel.vector.math.Lanes;
import dev.rapt.kernel.vector.math.VectorConvert;
import dev.rapt.tensor.DType;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import org.jspecify.annotations.Nullable;

/**
 * Matrix product of few f32 rows and a bf16 or f16 matrix, as in decoding: weights are read without
 * packing and converted to f32 in registers; sums are f32. For one row (GEMV) it is bound by memory
 * bandwidth.
 *
 * <p>If the columns of the matrix are contiguous (weights stored (N, K)), each element is a dot
 * product, and all rows use a column while it is in the L1 cache. If its rows are contiguous
 * (weights stored (K, N)), four rows at a time are scaled and added to the result.
 */
public final class VectorHalfProducts implements MatmulKernel {
  /** Creates a kernel without state. */
  public VectorHalfProducts() {}

  @Override
  public String name() {
    return "vector, few rows (" + FLOAT.vectorBitSize() + " bits)";
  }

  @Override
  public boolean supports(DType a, DType b, DType c) {
    return a == DType.F32 && c == DType.F32 && (b == DType.BF16 || b == DType.F16);
  }

  @Override
  public void multiply(
      Matrix a, Matrix b, @Nullable MemorySegment bias, Matrix c, boolean accumulate) {
    if (a.colStride() != 1 && a.cols() > 1) {
      throw new IllegalArgumentException("matmul: a must be row-major, got its transpose");
    }
    if (b.rowStride() == 1 && b.dtype() == DType.BF16) {
      Bfloat16Dots.multiply(a, b, bias, c, accumulate);
    } else if (b.rowStride() == 1) {
      float16Dots(a, b, bias, c, accumulate);
    } else {
      sumsOfRows(a, b, bias, c, accumulate);
    }
  }

  private static void float16Dots(
      Matrix a, Matrix b, @Nullable MemorySegment bias, Matrix c, boolean accumulate) {
    int n = Math.toIntExact(b.rows());
    for (long j = 0; j < c.cols(); j++) {
      long column = b.offset() + j * b.colStride();
      for (long i = 0; i < c.rows(); i++) {
        long row = a.offset() + i * a.rowStride();
        float sum = float16Dot(a.memory(), row, b.memory(), column, n);
        long at = c.offset() + i * c.rowStride() + j;
        if (accumulate) {
          sum += get(c.memory(), at);
        } else if (bias != null) {
          sum += get(bias, j);
        }
        set(c.memory(), at, sum);
      }
    }
  }

  private static float float16Dot(MemorySegment x, long xFrom, MemorySegment w, long wFrom, int n) {
    FloatVector s0 = FloatVector.zero(FLOAT), s1 = s0, s2 = s0, s3 = s0;
    long i = 0;
    for (; i <= n - 4 * LANES; i += 4 * LANES) {
      long p = xFrom + i, q = wFrom + i;
      s0 = load(x, p).fma(float16(w, q), s0);
      s1 = load(x, p + LANES).fma(float16(w, q + LANES), s1);
      s2 = load(x, p + 2 * LANES).fma(float16(w, q + 2 * LANES), s2);
      s3 = load(x, p + 3 * LANES).fma(float16(w, q + 3 * LANES), s3);
    }
    for (; i <= n - LANES; i += LANES) {
      s0 = load(x, xFrom + i).fma(float16(w, wFrom + i), s0);
    }
    float sum = Lanes.sum(s0, s1, s2, s3);
    for (; i < n; i++) {
      sum += get(x, xFrom + i) * VectorConvert.getFloat16(w, wFrom + i);
    }
    return sum;
  }

  private static void sumsOfRows(
      Matrix a, Matrix b, @Nullable MemorySegment bias, Matrix c, boolean accumulate) {
    int n = Math.toIntExact(c.cols());
    for (long i = 0; i < c.rows(); i++) {
      long row = a.offset() + i * a.rowStride();
      begin(bias, c, i, accumulate);
      MemorySegment out = row(c, i);
      long k = 0;
      for (; k <= b.rows() - 4; k += 4) {
        addFourRows(a.memory(), row + k, b, b.offset() + k * b.rowStride(), out, n);
      }
      for (; k < b.rows(); k++) {
        addRow(get(a.memory(), row + k), b, b.offset() + k * b.rowStride(), out, n);
      }
    }
  }

  /** Initialises row i of the result: unchanged when accumulating, otherwise the bias, or zeros. */
  static void begin(@Nullable MemorySegment bias, Matrix c, long i, boolean accumulate) {
    if (accumulate) {
      return;
    }
    MemorySegment row = row(c, i);
    if (bias == null) {
      row.fill((byte) 0);
    } else {
      row.copyFrom(bias.asSlice(0, row.byteSize()));
    }
  }

  private static MemorySegment row(Matrix c, long i) {
    return c.memory().asSlice(4 * (c.offset() + i * c.rowStride()), 4 * c.cols());
  }

  /** out += x[0] b[0, :] + ... + x[3] b[3, :], with x and b from these elements on. */
  private static void addFourRows(
      MemorySegment x, long xFrom, Matrix b, long bFrom, MemorySegment out, int n) {
    float x0 = get(x, xFrom), x1 = get(x, xFrom + 1);
    float x2 = get(x, xFrom + 2), x3 = get(x, xFrom + 3);
    long stride = b.rowStride();
    long done =
        b.dtype() == DType.BF16
            ? addFourBfloat16(x0, x1, x2, x3, b.memory(), bFrom, stride, out, n)
            : addFourFloat16(x0, x1, x2, x3, b.memory(), bFrom, stride, out, n);
    for (long j = done; j < n; j++) {
      float sum = get(out, j) + x0 * half(b, bFrom + j) + x1 * half(b, bFrom + stride + j);
      sum += x2 * half(b, bFrom + 2 * stride + j) + x3 * half(b, bFrom + 3 * stride + j);
      set(out, j, sum);
    }
  }

  private static long addFourBfloat16(
      float x0,
      float x1,
      float x2,
      float x3,
      MemorySegment w,
      long from,
      long stride,
      MemorySegment out,
      int n) {
    FloatVector f0 = FloatVector.broadcast(FLOAT, x0), f1 = FloatVector.broadcast(FLOAT, x1);
    FloatVector f2 = FloatVector.broadcast(FLOAT, x2), f3 = FloatVector.broadcast(FLOAT, x3);
    long from1 = from + stride, from2 = from1 + stride, from3 = from2 + stride;
    long j = 0;
    for (; j <= n - LANES; j += LANES) {
      FloatVector s = bfloat16(w, from + j).fma(f0, load(out, j));
      s = bfloat16(w, from1 + j).fma(f1, s);
      s = bfloat16(w, from2 + j).fma(f2, s);
      store(out, j, bfloat16(w, from3 + j).fma(f3, s));
    }
    return j;
  }

  private static long addFourFloat16(
      float x0,
      float x1,
      float x2,
      float x3,
      MemorySegment w,
      long from,
      long stride,
      MemorySegment out,
      int n) {
    FloatVector f0 = FloatVector.broadcast(FLOAT, x0), f1 = FloatVector.broadcast(FLOAT, x1);
    FloatVector f2 = FloatVector.broadcast(FLOAT, x2), f3 = FloatVector.broadcast(FLOAT, x3);
    long from1 = from + stride, from2 = from1 + stride, from3 = from2 + stride;
    long j = 0;
    for (; j <= n - LANES; j += LANES) {
      FloatVector s = float16(w, from + j).fma(f0, load(out, j));
      s = float16(w, from1 + j).fma(f1, s);
      s = float16(w, from2 + j).fma(f2, s);
      store(out, j, float16(w, from3 + j).fma(f3, s));
    }
    return j;
  }

  private static void addRow(float x, Matrix b, long from, MemorySegment out, int n) {
    for (int j = 0; j < n; j++) {
      set(out, j, get(out, j) + x * half(b, from + j));
    }
  }

  private static float half(Matrix b, long i) {
    return b.dtype() == DType.BF16
        ? VectorConvert.getBfloat16(b.memory(), i)
        : VectorConvert.getFloat16(b.memory(), i);
  }

  private static FloatVector bfloat16(MemorySegment w, long i) {
    return VectorConvert.loadBfloat16(w, i);
  }

  private static FloatVector float16(MemorySegment w, long i) {
    return VectorConvert.loadFloat16(w, i);
  }
}
