package dev.rapt.kernel.vector.block;

import static dev.rapt.kernel.vector.block.Codes.LANES;
import static dev.rapt.kernel.vector.block.Codes.bits;
import static dev.rapt.kernel.vector.block.Codes.floats;
import static dev.rapt.kernel.vector.block.Codes.half;
import static dev.rapt.kernel.vector.block.Codes.raised;
import static dev.rapt.kernel.vector.block.Codes.shifted;
import static dev.rapt.kernel.vector.block.Codes.signed;
import static dev.rapt.kernel.vector.block.Codes.unsigned;
import static dev.rapt.kernel.vector.block.Codes.word;
import static dev.rapt.kernel.vector.math.Addresses.bounded;
import static dev.rapt.kernel.vector.math.Addresses.store;

import jdk.incubator.vector.IntVector;

/** Blocks of 32 values with one scale, and with one minimum in the formats named _1. */
final class SmallVectors {
  private static final int VALUES = 32;
  private static final int HALF = VALUES / 2;

  private SmallVectors() {}

  static void q4_0(long out, long x, int numBlocks) {
    for (int b = 0; b < numBlocks; b++) {
      long at = bounded(x) + 18L * b;
      long to = bounded(out) + (long) Float.BYTES * VALUES * b;
      float scale = half(at);
      for (int i = 0; i < HALF; i += LANES) {
        IntVector pairs = unsigned(at + 2 + i);
        store(to, i, floats(pairs.and(15).sub(8)).mul(scale));
        store(to, HALF + i, floats(shifted(pairs, 4).sub(8)).mul(scale));
      }
    }
  }

  static void q4_1(long out, long x, int numBlocks) {
    for (int b = 0; b < numBlocks; b++) {
      long at = bounded(x) + 20L * b;
      long to = bounded(out) + (long) Float.BYTES * VALUES * b;
      float scale = half(at);
      float minimum = half(at + 2);
      for (int i = 0; i < HALF; i += LANES) {
        IntVector pairs = unsigned(at + 4 + i);
        store(to, i, floats(pairs.and(15)).mul(scale).add(minimum));
        store(to, HALF + i, floats(shifted(pairs, 4)).mul(scale).add(minimum));
      }
    }
  }

  static void q5_0(long out, long x, int numBlocks) {
    for (int b = 0; b < numBlocks; b++) {
      long at = bounded(x) + 22L * b;
      long to = bounded(out) + (long) Float.BYTES * VALUES * b;
      float scale = half(at);
      int fifth = word(at + 2);
      for (int i = 0; i < HALF; i += LANES) {
        IntVector pairs = unsigned(at + 6 + i);
        IntVector low = pairs.and(15).or(raised(bits(fifth, i), 4));
        IntVector high = shifted(pairs, 4).or(raised(bits(fifth, HALF + i), 4));
        store(to, i, floats(low.sub(16)).mul(scale));
        store(to, HALF + i, floats(high.sub(16)).mul(scale));
      }
    }
  }

  static void q5_1(long out, long x, int numBlocks) {
    for (int b = 0; b < numBlocks; b++) {
      long at = bounded(x) + 24L * b;
      long to = bounded(out) + (long) Float.BYTES * VALUES * b;
      float scale = half(at);
      float minimum = half(at + 2);
      int fifth = word(at + 4);
      for (int i = 0; i < HALF; i += LANES) {
        IntVector pairs = unsigned(at + 8 + i);
        IntVector low = pairs.and(15).or(raised(bits(fifth, i), 4));
        IntVector high = shifted(pairs, 4).or(raised(bits(fifth, HALF + i), 4));
        store(to, i, floats(low).mul(scale).add(minimum));
        store(to, HALF + i, floats(high).mul(scale).add(minimum));
      }
    }
  }

  static void q8_0(long out, long x, int numBlocks) {
    for (int b = 0; b < numBlocks; b++) {
      long at = bounded(x) + 34L * b;
      long to = bounded(out) + (long) Float.BYTES * VALUES * b;
      float scale = half(at);
      for (int i = 0; i < VALUES; i += LANES) {
        store(to, i, floats(signed(at + 2 + i)).mul(scale));
      }
    }
  }
}
