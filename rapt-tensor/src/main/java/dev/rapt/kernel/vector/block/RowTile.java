package dev.rapt.kernel.vector.block;

import static dev.rapt.kernel.vector.math.Addresses.bounded;
import static dev.rapt.kernel.vector.math.Addresses.load;
import static dev.rapt.kernel.vector.math.Addresses.store;
import static dev.rapt.kernel.vector.math.Lanes.FLOAT;

import dev.rapt.kernel.vector.math.Addresses;
import dev.rapt.kernel.vector.math.Lanes;
import jdk.incubator.vector.FloatVector;

/**
 * Dot products of one, two or four rows of x with four unpacked rows of weights. All arguments are
 * addresses and distances in bytes; n, the number of elements, is a multiple of 32.
 *
 * <p>Accumulators are stored, and a method of its own adds their lanes: with eight sums of lanes in
 * one method the compiler reaches its limit of nodes, inlines no further and keeps vectors on the
 * heap.
 */
final class RowTile {
  /** Rows of weights. */
  static final int ROWS = 4;

  /** Bytes of a vector. */
  static final int STEP = Float.BYTES * Codes.LANES;

  private RowTile() {}

  /** Writes four vectors, whose lanes sum to the products. */
  static void multiplyOne(long x, int n, long w, long stride, long lanes) {
    long w0 = bounded(w), w1 = bounded(w + stride);
    long w2 = bounded(w + 2 * stride), w3 = bounded(w + 3 * stride);
    FloatVector s0 = FloatVector.zero(FLOAT), s1 = s0, s2 = s0, s3 = s0;
    for (int i = 0; i <= Float.BYTES * n - STEP; i += STEP) {
      FloatVector v = load(bounded(x) + i);
      s0 = v.fma(load(w0 + i), s0);
      s1 = v.fma(load(w1 + i), s1);
      s2 = v.fma(load(w2 + i), s2);
      s3 = v.fma(load(w3 + i), s3);
    }
    store(lanes, s0);
    store(lanes + STEP, s1);
    store(lanes + 2L * STEP, s2);
    store(lanes + 3L * STEP, s3);
  }

  /** Writes eight vectors, four for each row of x. */
  static void multiplyTwo(long x, long next, int n, long w, long stride, long lanes) {
    long w0 = bounded(w), w1 = bounded(w + stride);
    long w2 = bounded(w + 2 * stride), w3 = bounded(w + 3 * stride);
    FloatVector s0 = FloatVector.zero(FLOAT), s1 = s0, s2 = s0, s3 = s0;
    FloatVector t0 = s0, t1 = s0, t2 = s0, t3 = s0;
    for (int i = 0; i <= Float.BYTES * n - STEP; i += STEP) {
      FloatVector u = load(bounded(x) + i), v = load(bounded(next) + i);
      FloatVector a = load(w0 + i), b = load(w1 + i);
      s0 = u.fma(a, s0);
      t0 = v.fma(a, t0);
      s1 = u.fma(b, s1);
      t1 = v.fma(b, t1);
      FloatVector c = load(w2 + i), d = load(w3 + i);
      s2 = u.fma(c, s2);
      t2 = v.fma(c, t2);
      s3 = u.fma(d, s3);
      t3 = v.fma(d, t3);
    }
    store(lanes, s0);
    store(lanes + STEP, s1);
    store(lanes + 2L * STEP, s2);
    store(lanes + 3L * STEP, s3);
    store(lanes + 4L * STEP, t0);
    store(lanes + 5L * STEP, t1);
    store(lanes + 6L * STEP, t2);
    store(lanes + 7L * STEP, t3);
  }

  /** Writes sixteen vectors, four for each of four rows of x. */
  static void multiplyFour(long x, long rowStride, int n, long w, long stride, long lanes) {
    long w0 = bounded(w), w1 = bounded(w + stride);
    long w2 = bounded(w + 2 * stride), w3 = bounded(w + 3 * stride);
    long x0 = bounded(x), x1 = bounded(x + rowStride);
    long x2 = bounded(x + 2 * rowStride), x3 = bounded(x + 3 * rowStride);
    FloatVector s0 = FloatVector.zero(FLOAT), s1 = s0, s2 = s0, s3 = s0;
    FloatVector t0 = s0, t1 = s0, t2 = s0, t3 = s0;
    FloatVector u0 = s0, u1 = s0, u2 = s0, u3 = s0;
    FloatVector v0 = s0, v1 = s0, v2 = s0, v3 = s0;
    for (int i = 0; i <= Float.BYTES * n - STEP; i += STEP) {
      FloatVector a = load(w0 + i), b = load(w1 + i), c = load(w2 + i), d = load(w3 + i);
      FloatVector p = load(x0 + i);
      s0 = p.fma(a, s0);
      s1 = p.fma(b, s1);
      s2 = p.fma(c, s2);
      s3 = p.fma(d, s3);
      FloatVector q = load(x1 + i);
      t0 = q.fma(a, t0);
      t1 = q.fma(b, t1);
      t2 = q.fma(c, t2);
      t3 = q.fma(d, t3);
      FloatVector r = load(x2 + i);
      u0 = r.fma(a, u0);
      u1 = r.fma(b, u1);
      u2 = r.fma(c, u2);
      u3 = r.fma(d, u3);
      FloatVector z = load(x3 + i);
      v0 = z.fma(a, v0);
      v1 = z.fma(b, v1);
      v2 = z.fma(c, v2);
      v3 = z.fma(d, v3);
    }
    store(lanes, s0);
    store(lanes + STEP, s1);
    store(lanes + 2L * STEP, s2);
    store(lanes + 3L * STEP, s3);
    store(lanes + 4L * STEP, t0);
    store(lanes + 5L * STEP, t1);
    store(lanes + 6L * STEP, t2);
    store(lanes + 7L * STEP, t3);
    store(lanes + 8L * STEP, u0);
    store(lanes + 9L * STEP, u1);
    store(lanes + 10L * STEP, u2);
    store(lanes + 11L * STEP, u3);
    store(lanes + 12L * STEP, v0);
    store(lanes + 13L * STEP, v1);
    store(lanes + 14L * STEP, v2);
    store(lanes + 15L * STEP, v3);
  }

  /** Adds the lanes of each of {@code count} vectors to an f32. */
  static void addLanes(long lanes, long count, long sums) {
    for (long r = 0; r < count; r++) {
      long at = sums + Float.BYTES * r;
      Addresses.set(at, Addresses.get(at) + Lanes.sum(load(lanes + STEP * r)));
    }
  }
}
