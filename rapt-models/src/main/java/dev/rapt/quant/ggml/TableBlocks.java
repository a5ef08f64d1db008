package dev.rapt.quant.ggml;

/** Blocks of four-bit indices into a table of values: 4-bit floats, or IQ4's uneven integers. */
final class TableBlocks {
  /** Twice the values of E2M1. */
  private static final int[] E2M1 = {0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12};

  private static final int[] IQ4 = {
    -127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113
  };

  private TableBlocks() {}

  /** Block of 32: exponent (a byte, plus 127), 16 bytes of two values. */
  static void mxfp4(BlockBytes block, float[] out) {
    halves(block, 1, 16, E2M1, halfPower(block.u8(0)), out, 0);
  }

  /** Returns 2^(exponent - 128). */
  static float halfPower(int exponent) {
    int bits = exponent < 2 ? 0x00200000 << exponent : (exponent - 1) << 23;
    return Float.intBitsToFloat(bits);
  }

  /** Returns twice the value of a 4-bit float. */
  static int doubledFloat4(int bits) {
    return E2M1[bits];
  }

  /** Returns a value of IQ4's table. */
  static int iq4(int index) {
    return IQ4[index];
  }

  /** Block of 64: four scales in unsigned E4M3, one for each 16 values, 32 bytes of two values. */
  static void nvfp4(BlockBytes block, float[] out) {
    for (int sub = 0; sub < 4; sub++) {
      halves(block, 4 + 8 * sub, 8, E2M1, halfOfE4M3(block.u8(sub)), out, 16 * sub);
    }
  }

  private static float halfOfE4M3(int bits) {
    if (bits == 0 || bits == 0x7f) {
      return 0;
    }
    int exponent = BlockBytes.bitsOf(bits, 3, 4);
    int fraction = bits & 7;
    return exponent == 0
        ? Math.scalb((float) fraction, -10)
        : Math.scalb(8f + fraction, exponent - 11);
  }

  /** Block of 32: scale (half), 16 bytes of two values. */
  static void iq4nl(BlockBytes block, float[] out) {
    halves(block, 2, 16, IQ4, block.half(0), out, 0);
  }

  /** Super-block of 256: scale, high bits of the scales, their low halves, 128 bytes. */
  static void iq4xs(BlockBytes block, float[] out) {
    for (int sub = 0; sub < 8; sub++) {
      int low = block.bits(4 + sub / 2, 4 * (sub & 1), 4);
      int high = BlockBytes.bitsOf(block.u16(2), 2 * sub, 2);
      float scale = block.half(0) * (low + 16 * high - 32);
      halves(block, 8 + 16 * sub, 16, IQ4, scale, out, 32 * sub);
    }
  }

  /** Writes the values of the low halves of bytes, then those of the high halves. */
  private static void halves(
      BlockBytes block, int from, int numBytes, int[] table, float scale, float[] out, int to) {
    for (int i = 0; i < numBytes; i++) {
      int pair = block.u8(from + i);
      out[to + i] = scale * table[pair & 15];
      out[to + numBytes + i] = scale * table[pair >> 4];
    }
  }
}
