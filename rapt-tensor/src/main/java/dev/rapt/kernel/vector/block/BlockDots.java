package dev.rapt.kernel.vector.block;

import static dev.rapt.kernel.vector.block.Codes.LANES;
import static dev.rapt.kernel.vector.block.Codes.byteAt;
import static dev.rapt.kernel.vector.block.Codes.floats;
import static dev.rapt.kernel.vector.block.Codes.half;
import static dev.rapt.kernel.vector.block.Codes.raised;
import static dev.rapt.kernel.vector.block.Codes.shifted;
import static dev.rapt.kernel.vector.block.Codes.signed;
import static dev.rapt.kernel.vector.block.Codes.unsigned;
import static dev.rapt.kernel.vector.math.Addresses.bounded;
import static dev.rapt.kernel.vector.math.Addresses.get;
import static dev.rapt.kernel.vector.math.Addresses.load;
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
    FloatVector sum = FloatVector.zero(FLOAT);
    for (int b = 0; b < numBlocks; b++) {
      long block = bounded(w) + 18L * b;
      long from = bounded(x) + (long) BYTES * VALUES * b;
      FloatVector scale = FloatVector.broadcast(FLOAT, half(block));
      for (int i = 0; i < HALF; i += LANES) {
        IntVector pairs = unsigned(block + 2 + i);
        FloatVector low = floats(pairs.and(15).sub(8)).mul(load(from, i));
        FloatVector both = floats(shifted(pairs, 4).sub(8)).fma(load(from, HALF + i), low);
        sum = both.fma(scale, sum);
      }
    }
    return Lanes.sum(sum);
  }

  static float q8_0(long x, long w, int numBlocks) {
    FloatVector sum = FloatVector.zero(FLOAT);
    for (int b = 0; b < numBlocks; b++) {
      long block = bounded(w) + 34L * b;
      long from = bounded(x) + (long) BYTES * VALUES * b;
      FloatVector scale = FloatVector.broadcast(FLOAT, half(block));
      for (int i = 0; i < HALF; i += LANES) {
        FloatVector low = floats(signed(block + 2 + i)).mul(load(from, i));
        FloatVector both = floats(signed(block + 2 + HALF + i)).fma(load(from, HALF + i), low);
        sum = both.fma(scale, sum);
      }
    }
    return Lanes.sum(sum);
  }

  /**
   * @param sums sum of each 32 elements of x, f32
   */
  static float q4k(long x, long sums, long w, int numBlocks) {
    FloatVector low = FloatVector.zero(FLOAT), high = low;
    for (int b = 0; b < numBlocks; b++) {
      long block = bounded(w) + 144L * b;
      float scale = half(block);
      long scales = SuperVectors.scales(block + 4);
      for (int s = 0; s < SUPER / 2; s += STEP) {
        int bits = 16 * (s >> 5);
        FloatVector d0 = FloatVector.broadcast(FLOAT, scale * (scales >>> bits & 63));
        FloatVector d1 = FloatVector.broadcast(FLOAT, scale * (scales >>> (bits + 8) & 63));
        long from = bounded(x) + BYTES * ((long) SUPER * b + 64 * (s >> 5) + (s & 31));
        for (int i = 0; i < STEP; i += LANES) {
          IntVector codes = unsigned(block + 16 + s + i);
          low = floats(codes.and(15)).mul(load(from, i)).fma(d0, low);
          high = floats(shifted(codes, 4)).mul(load(from, 32 + i)).fma(d1, high);
        }
      }
    }
    return Lanes.sum(low.add(high)) - minima(sums, w, numBlocks);
  }

  /** Returns the sum of the minima times the sums of the elements that they belong to. */
  private static float minima(long sums, long w, int numBlocks) {
    float even = 0;
    float odd = 0;
    for (int b = 0; b < numBlocks; b++) {
      long block = bounded(w) + 144L * b;
      long codes = SuperVectors.minima(block + 4);
      float scale = half(block + 2);
      long from = bounded(sums) + BYTES * 8L * b;
      for (int sub = 0; sub < 8; sub += 2) {
        even += scale * (codes >>> (8 * sub) & 63) * get(from, sub);
        odd += scale * (codes >>> (8 * sub + 8) & 63) * get(from, sub + 1);
      }
    }
    return even + odd;
  }

  static float q6k(long x, long w, int numBlocks) {
    FloatVector first = FloatVector.zero(FLOAT), second = first;
    for (int b = 0; b < numBlocks; b++) {
      long block = bounded(w) + 210L * b;
      float scale = half(block + 208);
      for (int s = 0; s < SUPER / 2; s += STEP) {
        int odd = s >> 5 & 1;
        int within = s & 31;
        long scales = block + 192 + 8 * (s >> 6) + 2 * odd;
        long from = bounded(x) + BYTES * ((long) SUPER * b + 128 * (s >> 6) + s % 64);
        for (int i = 0; i < STEP; i += LANES) {
          IntVector codes = unsigned(block + s + i);
          IntVector highs = shifted(unsigned(block + 128 + 32 * (s >> 6) + within + i), 2 * odd);
          IntVector low = codes.and(15).or(raised(highs.and(3), 4));
          IntVector high = shifted(codes, 4).or(highs.and(48));
          float d0 = scale * byteAt(scales + ((within + i) >> 4));
          float d1 = scale * byteAt(scales + 4 + ((within + i) >> 4));
          first = floats(low.sub(32)).mul(load(from, i)).fma(broadcast(d0), first);
          second = floats(high.sub(32)).mul(load(from, 64 + i)).fma(broadcast(d1), second);
        }
      }
    }
    return Lanes.sum(first.add(second));
  }

  private static FloatVector broadcast(float value) {
    return FloatVector.broadcast(FLOAT, value);
  }
}
