package dev.rapt.kernel.vector.block;

import static dev.rapt.kernel.vector.block.Codes.LANES;
import static dev.rapt.kernel.vector.block.Codes.byteAt;
import static dev.rapt.kernel.vector.block.Codes.floats;
import static dev.rapt.kernel.vector.block.Codes.half;
import static dev.rapt.kernel.vector.block.Codes.raised;
import static dev.rapt.kernel.vector.block.Codes.shifted;
import static dev.rapt.kernel.vector.block.Codes.unsigned;
import static dev.rapt.kernel.vector.block.Codes.unsignedByte;
import static dev.rapt.kernel.vector.block.Codes.word;
import static dev.rapt.kernel.vector.math.Addresses.bounded;
import static dev.rapt.kernel.vector.math.Addresses.store;

import jdk.incubator.vector.IntVector;

/** The K-quants: super-blocks of 256 values in sub-blocks of 16 or 32. */
final class SuperVectors {
  private static final int VALUES = 256;

  /** Bytes of a step: two vectors, so that the compiler unrolls the loop over them. */
  private static final int STEP = 2 * LANES;

  private SuperVectors() {}

  static void q2k(long out, long x, int numBlocks) {
    for (int b = 0; b < numBlocks; b++) {
      long at = bounded(x) + 84L * b;
      float scale = half(at + 80);
      float minScale = half(at + 82);
      for (int sub = 0; sub < 16; sub++) {
        int code = unsignedByte(at + sub);
        float d = scale * (code & 15);
        float min = minScale * (code >> 4);
        long from = at + 16 + 32 * (sub >> 3) + 16 * (sub & 1);
        long to = bounded(out) + Float.BYTES * ((long) VALUES * b + 16 * sub);
        for (int i = 0; i < 16; i += LANES) {
          IntVector codes = shifted(unsigned(from + i), sub & 6).and(3);
          store(to, i, floats(codes).mul(d).sub(min));
        }
      }
    }
  }

  static void q3k(long out, long x, int numBlocks) {
    for (int b = 0; b < numBlocks; b++) {
      long at = bounded(x) + 110L * b;
      float scale = half(at + 108);
      for (int sub = 0; sub < 16; sub++) {
        float d = scale * (sixBitScale(at + 96, sub) - 32);
        long from = at + 32 + 32 * (sub >> 3) + 16 * (sub & 1);
        long thirds = at + 16 * (sub & 1);
        long to = bounded(out) + Float.BYTES * ((long) VALUES * b + 16 * sub);
        for (int i = 0; i < 16; i += LANES) {
          IntVector low = shifted(unsigned(from + i), sub & 6).and(3);
          IntVector third = shifted(unsigned(thirds + i), sub >> 1).and(1);
          store(to, i, floats(low.or(raised(third, 2)).sub(4)).mul(d));
        }
      }
    }
  }

  /** Returns one of Q3_K's 16 scales: four bits in 8 bytes, two further bits in 4 bytes. */
  private static int sixBitScale(long at, int sub) {
    int low = unsignedByte(at + (sub & 7)) >> (4 * (sub >> 3)) & 15;
    int high = unsignedByte(at + 8 + (sub & 3)) >> (2 * (sub >> 2)) & 3;
    return low + 16 * high;
  }

  static void q4k(long out, long x, int numBlocks) {
    for (int b = 0; b < numBlocks; b++) {
      long at = bounded(x) + 144L * b;
      float scale = half(at);
      float minScale = half(at + 2);
      long scales = scales(at + 4);
      long minima = minima(at + 4);
      for (int s = 0; s < VALUES / 2; s += STEP) {
        int first = 16 * (s >> 5);
        float d0 = scale * (scales >>> first & 63);
        float d1 = scale * (scales >>> (first + 8) & 63);
        float min0 = minScale * (minima >>> first & 63);
        float min1 = minScale * (minima >>> (first + 8) & 63);
        long to = bounded(out) + Float.BYTES * ((long) VALUES * b + 64 * (s >> 5) + (s & 31));
        for (int i = 0; i < STEP; i += LANES) {
          IntVector codes = unsigned(at + 16 + s + i);
          store(to, i, floats(codes.and(15)).mul(d0).sub(min0));
          store(to, 32 + i, floats(shifted(codes, 4)).mul(d1).sub(min1));
        }
      }
    }
  }

  static void q5k(long out, long x, int numBlocks) {
    q5k(out, x, numBlocks, 0);
    q5k(out, x, numBlocks, 1);
  }

  /** Unpacks the sub-blocks in the low halves of the bytes (0), or those in the high halves (1). */
  private static void q5k(long out, long x, int numBlocks, int odd) {
    for (int b = 0; b < numBlocks; b++) {
      long at = bounded(x) + 176L * b;
      float scale = half(at);
      float minScale = half(at + 2);
      long scales = scales(at + 4) >>> (8 * odd);
      long minima = minima(at + 4) >>> (8 * odd);
      for (int s = 0; s < VALUES / 2; s += STEP) {
        float d = scale * (scales >>> (16 * (s >> 5)) & 63);
        float min = minScale * (minima >>> (16 * (s >> 5)) & 63);
        int fifth = 2 * (s >> 5) + odd;
        long to =
            bounded(out) + Float.BYTES * ((long) VALUES * b + 64 * (s >> 5) + 32 * odd + (s & 31));
        for (int i = 0; i < STEP; i += LANES) {
          IntVector codes = shifted(unsigned(at + 48 + s + i), 4 * odd).and(15);
          IntVector fifths = shifted(unsigned(at + 16 + (s & 31) + i), fifth).and(1);
          store(to, i, floats(codes.or(raised(fifths, 4))).mul(d).sub(min));
        }
      }
    }
  }

  /** Returns the eight scales of Q4_K or Q5_K, a byte each, from 12 bytes. */
  static long scales(long at) {
    int first = word(at) & 0x3f3f3f3f;
    int last = word(at + 8) & 0x0f0f0f0f | (word(at) >>> 6 & 0x03030303) << 4;
    return Integer.toUnsignedLong(first) | (long) last << 32;
  }

  /** Returns the eight minima of Q4_K or Q5_K, a byte each, from 12 bytes. */
  static long minima(long at) {
    int first = word(at + 4) & 0x3f3f3f3f;
    int last = word(at + 8) >>> 4 & 0x0f0f0f0f | (word(at + 4) >>> 6 & 0x03030303) << 4;
    return Integer.toUnsignedLong(first) | (long) last << 32;
  }

  static void q6k(long out, long x, int numBlocks) {
    for (int b = 0; b < numBlocks; b++) {
      long at = bounded(x) + 210L * b;
      float scale = half(at + 208);
      for (int s = 0; s < VALUES / 2; s += STEP) {
        int half = s >> 6;
        int odd = s >> 5 & 1;
        int within = s & 31;
        long scales = at + 192 + 8 * half + 2 * odd;
        long to = bounded(out) + Float.BYTES * ((long) VALUES * b + 128 * half + s % 64);
        for (int i = 0; i < STEP; i += LANES) {
          IntVector codes = unsigned(at + s + i);
          IntVector highs = shifted(unsigned(at + 128 + 32 * half + within + i), 2 * odd);
          IntVector low = codes.and(15).or(raised(highs.and(3), 4));
          IntVector high = shifted(codes, 4).or(highs.and(48));
          float d0 = scale * byteAt(scales + (within + i >> 4));
          float d1 = scale * byteAt(scales + 4 + (within + i >> 4));
          store(to, i, floats(low.sub(32)).mul(d0));
          store(to, 64 + i, floats(high.sub(32)).mul(d1));
        }
      }
    }
  }
}
