package dev.rapt.kernel.scalar.block;

/**
 * Blocks of 32 values with one scale, and with one minimum in the formats named _1. The first 16
 * values are in the low halves of the bytes, the others in the high halves; a fifth bit is apart.
 */
final class SmallBlocks {
  /** Values of a block. */
  static final int VALUES = 32;

  private static final int HALF = VALUES / 2;

  private SmallBlocks() {}

  /** Block: scale (half), 16 bytes of two values. Value: scale (q - 8). */
  static void q4_0(BlockBytes block, float[] out) {
    float scale = block.half(0);
    for (int i = 0; i < HALF; i++) {
      int pair = block.u8(2 + i);
      out[i] = scale * ((pair & 15) - 8);
      out[i + HALF] = scale * ((pair >> 4) - 8);
    }
  }

  /** Block: scale, minimum (halves), 16 bytes of two values. Value: scale q + minimum. */
  static void q4_1(BlockBytes block, float[] out) {
    float scale = block.half(0);
    float minimum = block.half(2);
    for (int i = 0; i < HALF; i++) {
      int pair = block.u8(4 + i);
      out[i] = scale * (pair & 15) + minimum;
      out[i + HALF] = scale * (pair >> 4) + minimum;
    }
  }

  /** Block: scale (half), 32 fifth bits, 16 bytes of two values. Value: scale (q - 16). */
  static void q5_0(BlockBytes block, float[] out) {
    float scale = block.half(0);
    int fifth = block.u32(2);
    for (int i = 0; i < HALF; i++) {
      int pair = block.u8(6 + i);
      out[i] = scale * (((pair & 15) + 16 * bit(fifth, i)) - 16);
      out[i + HALF] = scale * (((pair >> 4) + 16 * bit(fifth, i + HALF)) - 16);
    }
  }

  /** Block: scale, minimum (halves), 32 fifth bits, 16 bytes. Value: scale q + minimum. */
  static void q5_1(BlockBytes block, float[] out) {
    float scale = block.half(0);
    float minimum = block.half(2);
    int fifth = block.u32(4);
    for (int i = 0; i < HALF; i++) {
      int pair = block.u8(8 + i);
      out[i] = scale * ((pair & 15) + 16 * bit(fifth, i)) + minimum;
      out[i + HALF] = scale * ((pair >> 4) + 16 * bit(fifth, i + HALF)) + minimum;
    }
  }

  /** Block: scale (half), 32 signed bytes. Value: scale q. */
  static void q8_0(BlockBytes block, float[] out) {
    float scale = block.half(0);
    for (int i = 0; i < VALUES; i++) {
      out[i] = scale * block.i8(2 + i);
    }
  }

  private static int bit(int bits, int i) {
    return BlockBytes.bitsOf(bits, i, 1);
  }
}
