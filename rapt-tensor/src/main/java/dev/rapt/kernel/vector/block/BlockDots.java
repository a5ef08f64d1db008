package dev.rapt.kernel.vector.block;

import static dev.rapt.kernel.vector.block.Codes.LANES;
import static dev.rapt.kernel.vector.block.Codes.floats;
import static dev.rapt.kernel.vector.block.Codes.half;
import static dev.rapt.kernel.vector.block.Codes.raised;
import static dev.rapt.kernel.vector.block.Codes.shifted;
import static dev.rapt.kernel.vector.block.Codes.signed;
import static dev.rapt.kernel.vector.block.Codes.unsigned;
import static dev.rapt.kernel.vector.math.Addresses.bounded;
import static dev.rapt.kernel.vector.math.Addresses.get;
import static dev.rapt.kernel.vector.math.Addresses.load;
import static dev.rapt.kernel.vector.math.Addresses.set;
import static dev.rapt.kernel.vector.math.Lanes.FLOAT;

import dev.rapt.kernel.vector.math.Lanes;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;

/**
 * Dot products of an f32 vector with a row of blocks, whose values exist in registers only. The
 * scale of a block multiplies the sum of its products, not each value. All arguments are addresses.
 */
final class BlockDots {
  private static final int BYTES = Float.BYTES;
  private static final int VALUES = 32;
  private static final int HALF = VALUES / 2;
  private static final int SUPER = 256;

  /** Bytes of a step: two vectors, so that the compiler unrolls the loop over them. */
  private static final int STEP = 2 * LANES;

  private BlockDots() {}

  static float q4_0(long x, long w, int numBlocks) {
    FloatVector even = FloatVector.zero(FLOAT), odd = even;
    int b = 0;
    for (; b < numBlocks - 1; b += 2) {
      even = addQ4_0(x, w, b, even);
      odd = addQ4_0(x, w, b + 1, odd);
    }
    if (b < numBlocks) {
      even = addQ4_0(x, w, b, even);
    }
    return Lanes.sum(even.add(odd));
  }

  private static FloatVector addQ4_0(long x, long w, int b, FloatVector sum) {
    long block = bounded(w) + 18L * b;
    long from = bounded(x) + (long) BYTES * VALUES * b;
    FloatVector scale = broadcast(half(block));
    for (int i = 0; i < HALF; i += LANES) {
      IntVector pairs = unsigned(block + 2 + i);
      FloatVector low = floats(pairs.and(15).sub(8)).mul(load(from, i));
      FloatVector both = floats(shifted(pairs, 4).sub(8)).fma(load(from, HALF + i), low);
      sum = both.fma(scale, sum);
    }
    return sum;
  }

  static float q8_0(long x, long w, int numBlocks) {
    FloatVector even = FloatVector.zero(FLOAT), odd = even;
    int b = 0;
    for (; b < numBlocks - 1; b += 2) {
      even = addQ8_0(x, w, b, even);
      odd = addQ8_0(x, w, b + 1, odd);
    }
    if (b < numBlocks) {
      even = addQ8_0(x, w, b, even);
    }
    return Lanes.sum(even.add(odd));
  }

  private static FloatVector addQ8_0(long x, long w, int b, FloatVector sum) {
    long block = bounded(w) + 34L * b;
    long from = bounded(x) + (long) BYTES * VALUES * b;
    FloatVector scale = broadcast(half(block));
    for (int i = 0; i < HALF; i += LANES) {
      FloatVector low = floats(signed(block + 2 + i)).mul(load(from, i));
      FloatVector both = floats(signed(block + 2 + HALF + i)).fma(load(from, HALF + i), low);
      sum = both.fma(scale, sum);
    }
    return sum;
  }

  /**
   * Adds the products with blocks of several rows to {@code out}; the minima are not included.
   *
   * @param scales f32 scales of the rows, 8 for each block
   */
  static void q4k(long x, long scales, long w, long rowBytes, int rows, int numBlocks, long out) {
    for (int r = 0; r < rows; r++) {
      FloatVector low = FloatVector.zero(FLOAT), high = low;
      for (int b = 0; b < numBlocks; b++) {
        long index = (long) r * numBlocks + b;
        long codes = bounded(w + r * rowBytes + 144L * b + 16);
        long factors = bounded(scales + BYTES * 8 * index);
        long from = bounded(x) + (long) BYTES * SUPER * b;
        for (int p = 0; p < SUPER / 64; p++) {
          FloatVector d0 = broadcast(get(factors, 2 * p)), d1 = broadcast(get(factors, 2 * p + 1));
          for (int i = 0; i < 32; i += STEP) {
            IntVector first = unsigned(codes + 32 * p + i);
            IntVector second = unsigned(codes + 32 * p + LANES + i);
            FloatVector even = floats(first.and(15)).mul(load(from, 64 * p + i));
            FloatVector odd = floats(shifted(first, 4)).mul(load(from, 64 * p + 32 + i));
            even = floats(second.and(15)).fma(load(from, 64 * p + LANES + i), even);
            odd = floats(shifted(second, 4)).fma(load(from, 64 * p + 32 + LANES + i), odd);
            low = even.fma(d0, low);
            high = odd.fma(d1, high);
          }
        }
      }
      long to = bounded(out) + BYTES * (long) r;
      set(to, get(to) + Lanes.sum(low.add(high)));
    }
  }

  /**
   * Adds the products with blocks of several rows to {@code out}; the offset of 32 is not included.
   *
   * @param scales f32 scales of the rows, 16 for each block
   */
  static void q6k(long x, long scales, long w, long rowBytes, int rows, int numBlocks, long out) {
    for (int r = 0; r < rows; r++) {
      FloatVector first = FloatVector.zero(FLOAT), second = first;
      for (int b = 0; b < numBlocks; b++) {
        long index = (long) r * numBlocks + b;
        long block = bounded(w + r * rowBytes + 210L * b);
        long factors = bounded(scales + BYTES * 16 * index);
        long from = bounded(x) + (long) BYTES * SUPER * b;
        for (int s = 0; s < SUPER / 2; s += STEP) {
          int at = 128 * (s >> 6) + (s & 63);
          for (int i = 0; i < STEP; i += LANES) {
            IntVector codes = unsigned(block + s + i);
            IntVector highs =
                shifted(unsigned(block + 128 + 32 * (s >> 6) + (s & 31) + i), s >> 4 & 2);
            IntVector low = codes.and(15).or(raised(highs, 4).and(48));
            IntVector high = shifted(codes, 4).or(highs.and(48));
            FloatVector d0 = broadcast(get(factors, (at + i) >> 4));
            FloatVector d1 = broadcast(get(factors, (at + 64 + i) >> 4));
            first = floats(low).mul(load(from, at + i)).fma(d0, first);
            second = floats(high).mul(load(from, at + 64 + i)).fma(d1, second);
          }
        }
      }
      long to = bounded(out) + BYTES * (long) r;
      set(to, get(to) + Lanes.sum(first.add(second)));
    }
  }

  private static FloatVector broadcast(float value) {
    return FloatVector.broadcast(FLOAT, value);
  }
}
