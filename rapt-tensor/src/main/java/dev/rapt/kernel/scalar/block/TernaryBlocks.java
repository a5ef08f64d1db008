package dev.rapt.kernel.scalar.block;

/** Blocks of 256 values -1, 0 or 1 times one scale, as BitNet has them. */
final class TernaryBlocks {
  /** Values of a block. */
  static final int VALUES = 256;

  private static final int[] POWERS = {1, 3, 9, 27, 81};

  private TernaryBlocks() {}

  /**
   * Block: 48 bytes of five values, 4 bytes of four, a half. A byte is a fraction of 256 in base 3:
   * multiplied by a power of 3, its next digit comes to the front.
   */
  static void tq1(BlockBytes block, float[] out) {
    int at = digits(block, 0, 32, 5, out, 0);
    at = digits(block, 32, 16, 5, out, at);
    digits(block, 48, 4, 4, out, at);
  }

  private static int digits(
      BlockBytes block, int from, int numBytes, int numDigits, float[] out, int to) {
    float scale = block.half(52);
    int at = to;
    for (int digit = 0; digit < numDigits; digit++) {
      for (int i = 0; i < numBytes; i++) {
        int fraction = (block.u8(from + i) * POWERS[digit]) & 0xff;
        out[at++] = scale * (((fraction * 3) >> 8) - 1);
      }
    }
    return at;
  }

  /** Block: 64 bytes of four values, a half. */
  static void tq2(BlockBytes block, float[] out) {
    float scale = block.half(64);
    for (int i = 0; i < VALUES; i++) {
      int half = i / 128;
      int digit = i % 128 / 32;
      out[i] = scale * (block.bits(32 * half + i % 32, 2 * digit, 2) - 1);
    }
  }
}
