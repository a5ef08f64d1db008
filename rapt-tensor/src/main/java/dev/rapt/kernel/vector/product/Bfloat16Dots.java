package dev.rapt.kernel.vector.product;

import static dev.rapt.kernel.vector.math.Addresses.get;
import static dev.rapt.kernel.vector.math.Addresses.load;
import static dev.rapt.kernel.vector.math.Addresses.set;
import static dev.rapt.kernel.vector.math.Addresses.store;
import static dev.rapt.kernel.vector.math.Lanes.FLOAT;
import static dev.rapt.kernel.vector.math.Lanes.LANES;

import dev.rapt.kernel.Bfloat16;
import dev.rapt.kernel.Matrix;
import dev.rapt.kernel.Workspace;
import dev.rapt.kernel.vector.math.Addresses;
import dev.rapt.kernel.vector.math.Lanes;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;
import org.jspecify.annotations.Nullable;

/**
 * Dot products of f32 rows with bf16 columns, each of which is contiguous in memory.
 *
 * <p>A 32-bit word holds two weights: shifted left by 16 bits it is the first one as f32, with its
 * low half cleared it is the second. So a vector of words yields two vectors of weights, the even
 * and the odd ones, and x is split into even and odd elements once. Four columns are read at a
 * time: an element of x is loaded once for all of them, and four streams use more of the memory
 * bandwidth than one. The division of a product into slices of columns does not change its bits.
 */
final class Bfloat16Dots {
  private static final VectorSpecies<Integer> WORDS = IntVector.SPECIES_PREFERRED;

  private static final int HIGH_HALF = 0xffff0000;

  /** Columns that are read at a time. */
  private static final long COLUMNS = 4;

  /** Number of weights in a vector of words. */
  private static final long STEP = 2 * LANES;

  private Bfloat16Dots() {}

  /** c = a b + bias, or c += a b, where the columns of b are contiguous. */
  static void multiply(
      Matrix a, Matrix b, @Nullable MemorySegment bias, Matrix c, boolean accumulate) {
    try (Workspace workspace = Workspace.enter()) {
      long n = a.cols();
      MemorySegment x = workspace.take(Float.BYTES * n * c.rows());
      for (long i = 0; i < c.rows(); i++) {
        split(a.memory(), a.offset() + i * a.rowStride(), x, i * n, n);
        VectorHalfProducts.begin(bias, c, i, accumulate);
      }
      MemorySegment lanes = workspace.take(Float.BYTES * COLUMNS * LANES);
      addProducts(x.address(), b, c, lanes.address());
    }
  }

  /**
   * Splits x: in each group of two vectors the even elements come first, then the odd ones; the
   * remainder is copied unchanged.
   */
  private static void split(MemorySegment x, long from, MemorySegment out, long to, long n) {
    long i = 0;
    for (; i <= n - STEP; i += STEP) {
      for (long lane = 0; lane < LANES; lane++) {
        Lanes.set(out, to + i + lane, Lanes.get(x, from + i + 2 * lane));
        Lanes.set(out, to + i + LANES + lane, Lanes.get(x, from + i + 2 * lane + 1));
      }
    }
    for (; i < n; i++) {
      Lanes.set(out, to + i, Lanes.get(x, from + i));
    }
  }

  /** Adds the products; all rows use a group of columns while it is in the L1 or L2 cache. */
  private static void addProducts(long x, Matrix b, Matrix c, long lanes) {
    long n = b.rows();
    long columns = Addresses.of(b.memory(), 2 * (b.offset() + (b.cols() - 1) * b.colStride() + n));
    long out =
        Addresses.of(
            c.memory(), Float.BYTES * (c.offset() + (c.rows() - 1) * c.rowStride() + c.cols()));
    long stride = 2 * b.colStride();
    for (long j = 0; j < c.cols(); j += COLUMNS) {
      long w = columns + 2 * b.offset() + j * stride;
      long count = Math.min(COLUMNS, c.cols() - j);
      for (long i = 0; i < c.rows(); i++) {
        long row = x + Float.BYTES * i * n;
        if (count == COLUMNS) {
          multiplyFour(row, w, stride, n, lanes);
        } else {
          for (long column = 0; column < count; column++) {
            multiplyOne(row, w + column * stride, n, lanes + column * Float.BYTES * LANES);
          }
        }
        long at = out + Float.BYTES * (c.offset() + i * c.rowStride() + j);
        for (long column = 0; column < count; column++) {
          float sum = Lanes.sum(load(lanes + column * Float.BYTES * LANES));
          float rest = rest(row, w + column * stride, n - n % STEP, n);
          set(at + Float.BYTES * column, get(at + Float.BYTES * column) + (sum + rest));
        }
      }
    }
  }

  /** Writes four vectors, whose lanes sum to the products of the first elements. */
  private static void multiplyFour(long x, long w0, long stride, long n, long lanes) {
    long w1 = w0 + stride, w2 = w1 + stride, w3 = w2 + stride;
    FloatVector even0 = FloatVector.zero(FLOAT), odd0 = even0, even1 = even0, odd1 = even0;
    FloatVector even2 = even0, odd2 = even0, even3 = even0, odd3 = even0;
    for (long k = 0; k <= n - STEP; k += STEP) {
      FloatVector even = load(x + 4 * k), odd = load(x + 4 * (k + LANES));
      IntVector v0 = words(w0 + 2 * k), v1 = words(w1 + 2 * k);
      even0 = even.fma(first(v0), even0);
      odd0 = odd.fma(second(v0), odd0);
      even1 = even.fma(first(v1), even1);
      odd1 = odd.fma(second(v1), odd1);
      IntVector v2 = words(w2 + 2 * k), v3 = words(w3 + 2 * k);
      even2 = even.fma(first(v2), even2);
      odd2 = odd.fma(second(v2), odd2);
      even3 = even.fma(first(v3), even3);
      odd3 = odd.fma(second(v3), odd3);
    }
    store(lanes, even0.add(odd0));
    store(lanes + 4 * LANES, even1.add(odd1));
    store(lanes + 8 * LANES, even2.add(odd2));
    store(lanes + 12 * LANES, even3.add(odd3));
  }

  private static void multiplyOne(long x, long w, long n, long lanes) {
    FloatVector even = FloatVector.zero(FLOAT), odd = even;
    for (long k = 0; k <= n - STEP; k += STEP) {
      IntVector v = words(w + 2 * k);
      even = load(x + 4 * k).fma(first(v), even);
      odd = load(x + 4 * (k + LANES)).fma(second(v), odd);
    }
    store(lanes, even.add(odd));
  }

  /** Returns the dot product of the remaining elements [k, n). */
  private static float rest(long x, long w, long k, long n) {
    float sum = 0;
    for (; k < n; k++) {
      sum += get(x + 4 * k) * Bfloat16.toFloat(Addresses.getShort(w + 2 * k));
    }
    return sum;
  }

  private static IntVector words(long address) {
    return IntVector.fromMemorySegment(WORDS, Addresses.all(), address, Lanes.ORDER);
  }

  private static FloatVector first(IntVector words) {
    return words.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats();
  }

  private static FloatVector second(IntVector words) {
    return words.and(HIGH_HALF).reinterpretAsFloats();
  }
}
