package dev.rapt.kernel.vector.product;

import static dev.rapt.kernel.vector.math.Lanes.FLOAT;
import static dev.rapt.kernel.vector.math.Lanes.LANES;
import static dev.rapt.kernel.vector.math.Lanes.get;
import static dev.rapt.kernel.vector.math.Lanes.load;
import static dev.rapt.kernel.vector.math.Lanes.set;

import dev.rapt.kernel.Matrix;
import dev.rapt.kernel.Workspace;
import dev.rapt.kernel.vector.math.Lanes;
import dev.rapt.kernel.vector.math.VectorConvert;
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

  /** Number of weights in a vector of words. */
  private static final long STEP = 2 * LANES;

  private Bfloat16Dots() {}

  /** c = a b + bias, or c += a b, where the columns of b are contiguous. */
  static void multiply(
      Matrix a, Matrix b, @Nullable MemorySegment bias, Matrix c, boolean accumulate) {
    try (Workspace workspace = Workspace.enter()) {
      long n = a.cols();
      MemorySegment x = workspace.take(4 * n * c.rows());
      for (long i = 0; i < c.rows(); i++) {
        split(a.memory(), a.offset() + i * a.rowStride(), x, i * n, n);
        VectorHalfProducts.begin(bias, c, i, accumulate);
      }
      addProducts(x, b, c);
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
        set(out, to + i + lane, get(x, from + i + 2 * lane));
        set(out, to + i + LANES + lane, get(x, from + i + 2 * lane + 1));
      }
    }
    for (; i < n; i++) {
      set(out, to + i, get(x, from + i));
    }
  }

  /** Adds the products; all rows use a group of columns while it is in the L1 or L2 cache. */
  private static void addProducts(MemorySegment x, Matrix b, Matrix c) {
    long column = b.offset();
    long j = 0;
    for (; j <= c.cols() - 4; j += 4) {
      for (long i = 0; i < c.rows(); i++) {
        addFour(x, i * b.rows(), b, column, c.memory(), c.offset() + i * c.rowStride() + j);
      }
      column += 4 * b.colStride();
    }
    for (; j < c.cols(); j++) {
      for (long i = 0; i < c.rows(); i++) {
        addOne(x, i * b.rows(), b, column, c.memory(), c.offset() + i * c.rowStride() + j);
      }
      column += b.colStride();
    }
  }

  private static void addFour(
      MemorySegment x, long row, Matrix b, long w0, MemorySegment out, long at) {
    MemorySegment w = b.memory();
    long n = b.rows();
    long w1 = w0 + b.colStride(), w2 = w1 + b.colStride(), w3 = w2 + b.colStride();
    FloatVector even0 = FloatVector.zero(FLOAT), odd0 = even0, even1 = even0, odd1 = even0;
    FloatVector even2 = even0, odd2 = even0, even3 = even0, odd3 = even0;
    long k = 0;
    for (; k <= n - STEP; k += STEP) {
      FloatVector even = load(x, row + k), odd = load(x, row + k + LANES);
      IntVector v0 = words(w, w0 + k), v1 = words(w, w1 + k);
      even0 = even.fma(first(v0), even0);
      odd0 = odd.fma(second(v0), odd0);
      even1 = even.fma(first(v1), even1);
      odd1 = odd.fma(second(v1), odd1);
      IntVector v2 = words(w, w2 + k), v3 = words(w, w3 + k);
      even2 = even.fma(first(v2), even2);
      odd2 = odd.fma(second(v2), odd2);
      even3 = even.fma(first(v3), even3);
      odd3 = odd.fma(second(v3), odd3);
    }
    set(out, at, get(out, at) + (Lanes.sum(even0.add(odd0)) + rest(x, row, w, w0, k, n)));
    set(out, at + 1, get(out, at + 1) + (Lanes.sum(even1.add(odd1)) + rest(x, row, w, w1, k, n)));
    set(out, at + 2, get(out, at + 2) + (Lanes.sum(even2.add(odd2)) + rest(x, row, w, w2, k, n)));
    set(out, at + 3, get(out, at + 3) + (Lanes.sum(even3.add(odd3)) + rest(x, row, w, w3, k, n)));
  }

  private static void addOne(
      MemorySegment x, long row, Matrix b, long column, MemorySegment out, long at) {
    MemorySegment w = b.memory();
    long n = b.rows();
    FloatVector even = FloatVector.zero(FLOAT), odd = even;
    long k = 0;
    for (; k <= n - STEP; k += STEP) {
      IntVector v = words(w, column + k);
      even = load(x, row + k).fma(first(v), even);
      odd = load(x, row + k + LANES).fma(second(v), odd);
    }
    set(out, at, get(out, at) + (Lanes.sum(even.add(odd)) + rest(x, row, w, column, k, n)));
  }

  /** Dot product of the remaining elements [k, n). */
  private static float rest(
      MemorySegment x, long row, MemorySegment w, long column, long k, long n) {
    float sum = 0;
    for (; k < n; k++) {
      sum += get(x, row + k) * VectorConvert.getBfloat16(w, column + k);
    }
    return sum;
  }

  private static IntVector words(MemorySegment w, long i) {
    return IntVector.fromMemorySegment(WORDS, w, 2 * i, Lanes.ORDER);
  }

  private static FloatVector first(IntVector words) {
    return words.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats();
  }

  private static FloatVector second(IntVector words) {
    return words.and(HIGH_HALF).reinterpretAsFloats();
  }
}
