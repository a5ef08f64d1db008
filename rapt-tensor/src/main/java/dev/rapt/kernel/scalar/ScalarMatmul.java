package dev.rapt.kernel.scalar;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import dev.rapt.kernel.Bfloat16;
import dev.rapt.kernel.MatmulKernel;
import dev.rapt.kernel.Matrix;
import dev.rapt.tensor.DType;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * Reference implementation of the matrix product: each element is a sum in double precision that is
 * rounded once.
 */
public final class ScalarMatmul implements MatmulKernel {
  /** Creates a kernel without state. */
  public ScalarMatmul() {}

  @Override
  public String name() {
    return "scalar";
  }

  @Override
  public boolean supports(DType a, DType b, DType c) {
    return isKnown(a) && isKnown(b) && isKnown(c) && c != DType.F16;
  }

  private static boolean isKnown(DType type) {
    return type == DType.F32 || type == DType.BF16 || type == DType.F16;
  }

  @Override
  public void multiply(
      Matrix a, Matrix b, @Nullable MemorySegment bias, Matrix c, boolean accumulate) {
    for (long i = 0; i < c.rows(); i++) {
      for (long j = 0; j < c.cols(); j++) {
        double sum = accumulate ? get(c, i, j) : 0;
        for (long k = 0; k < a.cols(); k++) {
          sum += (double) get(a, i, k) * get(b, k, j);
        }
        if (bias != null) {
          sum += bias.get(JAVA_FLOAT_UNALIGNED, 4 * j);
        }
        set(c, i, j, (float) sum);
      }
    }
  }

  private static float get(Matrix m, long row, long col) {
    long index = m.offset() + row * m.rowStride() + col * m.colStride();
    if (m.dtype() == DType.F32) {
      return m.memory().get(JAVA_FLOAT_UNALIGNED, 4 * index);
    }
    short half = m.memory().get(JAVA_SHORT_UNALIGNED, 2 * index);
    return m.dtype() == DType.F16 ? Float.float16ToFloat(half) : Bfloat16.toFloat(half);
  }

  private static void set(Matrix m, long row, long col, float value) {
    long index = m.offset() + row * m.rowStride() + col * m.colStride();
    if (m.dtype() == DType.F32) {
      m.memory().set(JAVA_FLOAT_UNALIGNED, 4 * index, value);
    } else {
      m.memory().set(JAVA_SHORT_UNALIGNED, 2 * index, Bfloat16.fromFloat(value));
    }
  }
}
