package dev.rapt.kernel.scalar.block;

/**
 * The K-quants: super-blocks of 256 values in sub-blocks of 16 or 32, whose scales (and minima in
 * Q2_K, Q4_K, Q5_K) are small integers times a scale of the super-block.
 */
final class SuperBlocks {
  /** Values of a super-block. */
  static final int VALUES = 256;

  private SuperBlocks() {}

  /** Block: 16 bytes of scale and minimum, 64 bytes of four values, two halves. */
  static void q2k(BlockBytes block, float[] out) {
    float scale = block.half(80);
    float minScale = block.half(82);
    for (int sub = 0; sub < 16; sub++) {
      float d = scale * (block.u8(sub) & 15);
      float min = minScale * (block.u8(sub) >> 4);
      for (int i = 0; i < 16; i++) {
        out[16 * sub + i] = d * twoBits(block, 16, sub, i) - min;
      }
    }
  }

  /** Block: 32 bytes of third bits, 64 bytes of four values, 12 bytes of scales, a half. */
  static void q3k(BlockBytes block, float[] out) {
    float scale = block.half(108);
    for (int sub = 0; sub < 16; sub++) {
      float d = scale * (sixBitScale(block, sub) - 32);
      for (int i = 0; i < 16; i++) {
        int third = block.bits(16 * (sub & 1) + i, sub >> 1, 1);
        out[16 * sub + i] = d * (twoBits(block, 32, sub, i) - 4 + 4 * third);
      }
    }
  }

  /**
   * Returns a two-bit value: each half of the super-block has 32 bytes, whose lowest bits are the
   * first 32 values, and so on.
   */
  private static int twoBits(BlockBytes block, int at, int sub, int i) {
    int half = sub >> 3;
    int within = sub & 7;
    return block.bits(at + 32 * half + 16 * (within & 1) + i, 2 * (within >> 1), 2);
  }

  /** Returns one of Q3_K's 16 scales: four bits in 8 bytes, two further bits in 4 bytes. */
  private static int sixBitScale(BlockBytes block, int sub) {
    int low = block.bits(96 + (sub & 7), 4 * (sub >> 3), 4);
    int high = block.bits(104 + (sub & 3), 2 * (sub >> 2), 2);
    return low + 16 * high;
  }

  /** Block: scale and scale of minima (halves), 12 bytes of both, 128 bytes of two values. */
  static void q4k(BlockBytes block, float[] out) {
    for (int sub = 0; sub < 8; sub++) {
      float d = block.half(0) * scaleOf(block, sub);
      float min = block.half(2) * minimumOf(block, sub);
      for (int i = 0; i < 32; i++) {
        out[32 * sub + i] = d * fourBits(block, 16, sub, i) - min;
      }
    }
  }

  /** As Q4_K, with 32 bytes of fifth bits before the values. */
  static void q5k(BlockBytes block, float[] out) {
    for (int sub = 0; sub < 8; sub++) {
      float d = block.half(0) * scaleOf(block, sub);
      float min = block.half(2) * minimumOf(block, sub);
      for (int i = 0; i < 32; i++) {
        int fifth = block.bits(16 + i, sub, 1);
        out[32 * sub + i] = d * (fourBits(block, 48, sub, i) + 16 * fifth) - min;
      }
    }
  }

  private static int fourBits(BlockBytes block, int at, int sub, int i) {
    return block.bits(at + 32 * (sub >> 1) + i, 4 * (sub & 1), 4);
  }

  /** Returns a scale of Q4_K or Q5_K: six bits, of which the last four keep two with the first. */
  private static int scaleOf(BlockBytes block, int sub) {
    return sub < 4
        ? block.bits(4 + sub, 0, 6)
        : block.bits(8 + sub, 0, 4) + 16 * block.bits(sub, 6, 2);
  }

  /** Returns a minimum of Q4_K or Q5_K; see {@link #scaleOf}. */
  private static int minimumOf(BlockBytes block, int sub) {
    return sub < 4
        ? block.bits(8 + sub, 0, 6)
        : block.bits(8 + sub, 4, 4) + 16 * block.bits(4 + sub, 6, 2);
  }

  /** Block: 128 bytes of low halves, 64 bytes of two further bits, 16 signed scales, a half. */
  static void q6k(BlockBytes block, float[] out) {
    float scale = block.half(208);
    for (int sub = 0; sub < 16; sub++) {
      float d = scale * block.i8(192 + sub);
      int half = sub >> 3;
      int quarter = (sub & 7) >> 1;
      for (int i = 0; i < 16; i++) {
        int at = 16 * (sub & 1) + i;
        int low = block.bits(64 * half + 32 * (quarter & 1) + at, 4 * (quarter >> 1), 4);
        int high = block.bits(128 + 32 * half + at, 2 * quarter, 2);
        out[16 * sub + i] = d * (low + 16 * high - 32);
      }
    }
  }
}
