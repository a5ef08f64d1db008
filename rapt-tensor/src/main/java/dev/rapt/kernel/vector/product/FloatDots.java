package dev.rapt.kernel.vector.product;

import static dev.rapt.kernel.vector.math.Lanes.FLOAT;
import static dev.rapt.kernel.vector.math.Lanes.LANES;
import static dev.rapt.kernel.vector.math.Lanes.get;
import static dev.rapt.kernel.vector.math.Lanes.load;
import static dev.rapt.kernel.vector.math.Lanes.set;

import dev.rapt.kernel.Matrix;
import dev.rapt.kernel.vector.math.Lanes;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import org.jspecify.annotations.Nullable;

/**
 * Dot products of f32 rows with f32 columns, each of which is contiguous in memory. Four columns
 * are read at a time, so an element of a row is loaded once for all of them. The division of a
 * product into slices of columns does not change its bits.
 */
final class FloatDots {
  /** Elements that a step reads of each column. */
  private static final long STEP = 2 * LANES;

  private FloatDots() {}

  /** c = a b + bias, or c += a b, where rows of a and columns of b are contiguous; c is f32. */
  static void multiply(
      Matrix a, Matrix b, @Nullable MemorySegment bias, Matrix c, boolean accumulate) {
    for (long i = 0; i < c.rows(); i++) {
      VectorHalfProducts.begin(bias, c, i, accumulate);
    }
    long j = 0;
    for (; j <= c.cols() - 4; j += 4) {
      long column = b.offset() + j * b.colStride();
      for (long i = 0; i < c.rows(); i++) {
        long row = a.offset() + i * a.rowStride();
        addFour(a.memory(), row, b, column, c.memory(), c.offset() + i * c.rowStride() + j);
      }
    }
    for (; j < c.cols(); j++) {
      long column = b.offset() + j * b.colStride();
      for (long i = 0; i < c.rows(); i++) {
        long row = a.offset() + i * a.rowStride();
        addOne(a.memory(), row, b, column, c.memory(), c.offset() + i * c.rowStride() + j);
      }
    }
  }

  private static void addFour(
      MemorySegment x, long row, Matrix b, long w0, MemorySegment out, long at) {
    MemorySegment w = b.memory();
    long n = b.rows();
    long w1 = w0 + b.colStride(), w2 = w1 + b.colStride(), w3 = w2 + b.colStride();
    FloatVector s0 = FloatVector.zero(FLOAT), t0 = s0, s1 = s0, t1 = s0;
    FloatVector s2 = s0, t2 = s0, s3 = s0, t3 = s0;
    long k = 0;
    for (; k <= n - STEP; k += STEP) {
      FloatVector v = load(x, row + k), next = load(x, row + k + LANES);
      s0 = v.fma(load(w, w0 + k), s0);
      t0 = next.fma(load(w, w0 + k + LANES), t0);
      s1 = v.fma(load(w, w1 + k), s1);
      t1 = next.fma(load(w, w1 + k + LANES), t1);
      s2 = v.fma(load(w, w2 + k), s2);
      t2 = next.fma(load(w, w2 + k + LANES), t2);
      s3 = v.fma(load(w, w3 + k), s3);
      t3 = next.fma(load(w, w3 + k + LANES), t3);
    }
    set(out, at, get(out, at) + (Lanes.sum(s0.add(t0)) + rest(x, row, w, w0, k, n)));
    set(out, at + 1, get(out, at + 1) + (Lanes.sum(s1.add(t1)) + rest(x, row, w, w1, k, n)));
    set(out, at + 2, get(out, at + 2) + (Lanes.sum(s2.add(t2)) + rest(x, row, w, w2, k, n)));
    set(out, at + 3, get(out, at + 3) + (Lanes.sum(s3.add(t3)) + rest(x, row, w, w3, k, n)));
  }

  private static void addOne(
      MemorySegment x, long row, Matrix b, long column, MemorySegment out, long at) {
    MemorySegment w = b.memory();
    long n = b.rows();
    FloatVector s = FloatVector.zero(FLOAT), t = s;
    long k = 0;
    for (; k <= n - STEP; k += STEP) {
      s = load(x, row + k).fma(load(w, column + k), s);
      t = load(x, row + k + LANES).fma(load(w, column + k + LANES), t);
    }
    set(out, at, get(out, at) + (Lanes.sum(s.add(t)) + rest(x, row, w, column, k, n)));
  }

  /** Dot product of the remaining elements [k, n). */
  private static float rest(
      MemorySegment x, long row, MemorySegment w, long column, long k, long n) {
    float sum = 0;
    for (; k < n; k++) {
      sum += get(x, row + k) * get(w, column + k);
    }
    return sum;
  }
}
