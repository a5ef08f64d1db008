package dev.rapt.kernel.vector.product;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import dev.rapt.kernel.Matrix;
import dev.rapt.kernel.vector.math.Lanes;
import dev.rapt.tensor.DType;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;
import org.jspecify.annotations.Nullable;

/**
 * Matrix product for few rows and a matrix with contiguous columns, such as weights (N, K) in
 * decoding. Each element is a dot product, and the weights are read once, without packing. For one
 * row (GEMV) it is bound by memory bandwidth.
 */
final class VectorDotProducts {
  private static final VectorSpecies<Float> FLOAT = FloatVector.SPECIES_PREFERRED;
  private static final int LANES = FLOAT.length();
  private static final VectorSpecies<Short> HALF =
      VectorSpecies.of(
          short.class, VectorShape.forBitSize(Math.max(64, FLOAT.vectorBitSize() / 2)));
  private static final ByteOrder NATIVE = ByteOrder.nativeOrder();

  private VectorDotProducts() {}

  /** As {@link dev.rapt.kernel.MatmulKernel#multiply}; a is row-major, b is not, c is f32. */
  static void multiply(
      Matrix a, Matrix b, @Nullable MemorySegment bias, Matrix c, boolean accumulate) {
    for (long j = 0; j < c.cols(); j++) {
      long bFrom = b.offset() + j * b.colStride();
      for (long i = 0; i < c.rows(); i++) {
        long aFrom = a.offset() + i * a.rowStride();
        float sum = dot(a, aFrom, b, bFrom, Math.toIntExact(a.cols()));
        long at = 4 * (c.offset() + i * c.rowStride() + j);
        if (accumulate) {
          sum += c.memory().get(JAVA_FLOAT_UNALIGNED, at);
        } else if (bias != null) {
          sum += bias.get(JAVA_FLOAT_UNALIGNED, 4 * j);
        }
        c.memory().set(JAVA_FLOAT_UNALIGNED, at, sum);
      }
    }
  }

  private static float dot(Matrix a, long aFrom, Matrix b, long bFrom, int n) {
    MemorySegment x = a.memory();
    MemorySegment w = b.memory();
    if (a.dtype() == DType.F32) {
      return b.dtype() == DType.F32
          ? dotFloats(x, 4 * aFrom, w, 4 * bFrom, n)
          : dotMixed(x, 4 * aFrom, w, 2 * bFrom, n);
    }
    return b.dtype() == DType.F32
        ? dotMixed(w, 4 * bFrom, x, 2 * aFrom, n)
        : dotHalves(x, 2 * aFrom, w, 2 * bFrom, n);
  }

  private static float dotFloats(MemorySegment x, long xFrom, MemorySegment w, long wFrom, int n) {
    FloatVector s0 = FloatVector.zero(FLOAT);
    FloatVector s1 = s0;
    FloatVector s2 = s0;
    FloatVector s3 = s0;
    int i = 0;
    for (; i + 4 * LANES <= n; i += 4 * LANES) {
      s0 = floats(x, xFrom, i).fma(floats(w, wFrom, i), s0);
      s1 = floats(x, xFrom, i + LANES).fma(floats(w, wFrom, i + LANES), s1);
      s2 = floats(x, xFrom, i + 2 * LANES).fma(floats(w, wFrom, i + 2 * LANES), s2);
      s3 = floats(x, xFrom, i + 3 * LANES).fma(floats(w, wFrom, i + 3 * LANES), s3);
    }
    for (; i + LANES <= n; i += LANES) {
      s0 = floats(x, xFrom, i).fma(floats(w, wFrom, i), s0);
    }
    float sum = Lanes.sum(s0.add(s1).add(s2.add(s3)));
    for (; i < n; i++) {
      sum +=
          x.get(JAVA_FLOAT_UNALIGNED, xFrom + 4L * i) * w.get(JAVA_FLOAT_UNALIGNED, wFrom + 4L * i);
    }
    return sum;
  }

  private static float dotMixed(MemorySegment x, long xFrom, MemorySegment w, long wFrom, int n) {
    FloatVector s0 = FloatVector.zero(FLOAT);
    FloatVector s1 = s0;
    FloatVector s2 = s0;
    FloatVector s3 = s0;
    int i = 0;
    for (; i + 4 * LANES <= n; i += 4 * LANES) {
      s0 = floats(x, xFrom, i).fma(halves(w, wFrom, i), s0);
      s1 = floats(x, xFrom, i + LANES).fma(halves(w, wFrom, i + LANES), s1);
      s2 = floats(x, xFrom, i + 2 * LANES).fma(halves(w, wFrom, i + 2 * LANES), s2);
      s3 = floats(x, xFrom, i + 3 * LANES).fma(halves(w, wFrom, i + 3 * LANES), s3);
    }
    for (; i + LANES <= n; i += LANES) {
      s0 = floats(x, xFrom, i).fma(halves(w, wFrom, i), s0);
    }
    float sum = Lanes.sum(s0.add(s1).add(s2.add(s3)));
    for (; i < n; i++) {
      sum += x.get(JAVA_FLOAT_UNALIGNED, xFrom + 4L * i) * half(w, wFrom, i);
    }
    return sum;
  }

  private static float dotHalves(MemorySegment x, long xFrom, MemorySegment w, long wFrom, int n) {
    FloatVector s0 = FloatVector.zero(FLOAT);
    FloatVector s1 = s0;
    FloatVector s2 = s0;
    FloatVector s3 = s0;
    int i = 0;
    for (; i + 4 * LANES <= n; i += 4 * LANES) {
      s0 = halves(x, xFrom, i).fma(halves(w, wFrom, i), s0);
      s1 = halves(x, xFrom, i + LANES).fma(halves(w, wFrom, i + LANES), s1);
      s2 = halves(x, xFrom, i + 2 * LANES).fma(halves(w, wFrom, i + 2 * LANES), s2);
      s3 = halves(x, xFrom, i + 3 * LANES).fma(halves(w, wFrom, i + 3 * LANES), s3);
    }
    for (; i + LANES <= n; i += LANES) {
      s0 = halves(x, xFrom, i).fma(halves(w, wFrom, i), s0);
    }
    float sum = Lanes.sum(s0.add(s1).add(s2.add(s3)));
    for (; i < n; i++) {
      sum += half(x, xFrom, i) * half(w, wFrom, i);
    }
    return sum;
  }

  private static FloatVector floats(MemorySegment x, long from, int i) {
    return FloatVector.fromMemorySegment(FLOAT, x, from + 4L * i, NATIVE);
  }

  private static FloatVector halves(MemorySegment x, long from, int i) {
    return VectorPacking.widen(ShortVector.fromMemorySegment(HALF, x, from + 2L * i, NATIVE));
  }

  private static float half(MemorySegment x, long from, int i) {
    return Float.intBitsToFloat(x.get(JAVA_SHORT_UNALIGNED, from + 2L * i) << 16);
  }
}
