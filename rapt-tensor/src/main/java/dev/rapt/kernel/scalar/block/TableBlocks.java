package dev.rapt.kernel.scalar.block;

import dev.rapt.kernel.block.BlockTables;
import java.util.function.IntUnaryOperator;

/** Blocks of four-bit indices into a table of values: 4-bit floats, or IQ4's uneven integers. */
final class TableBlocks {
  private TableBlocks() {}

  /** Block of 32: exponent (a byte, plus 127), 16 bytes of two values. */
  static void mxfp4(BlockBytes block, float[] out) {
    halves(block, 1, 16, BlockTables::doubledFloat4, BlockTables.halfPower(block.u8(0)), out, 0);
  }

  /** Block of 64: four scales in unsigned E4M3, one for each 16 values, 32 bytes of two values. */
  static void nvfp4(BlockBytes block, float[] out) {
    for (int sub = 0; sub < 4; sub++) {
      halves(
          block,
          4 + 8 * sub,
          8,
          BlockTables::doubledFloat4,
          halfOfE4M3(block.u8(sub)),
          out,
          16 * sub);
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
    halves(block, 2, 16, BlockTables::iq4, block.half(0), out, 0);
  }

  /** Super-block of 256: scale, high bits of the scales, their low halves, 128 bytes. */
  static void iq4xs(BlockBytes block, float[] out) {
    for (int sub = 0; sub < 8; sub++) {
      int low = block.bits(4 + sub / 2, 4 * (sub & 1), 4);
      int high = BlockBytes.bitsOf(block.u16(2), 2 * sub, 2);
      float scale = block.half(0) * (low + 16 * high - 32);
      halves(block, 8 + 16 * sub, 16, BlockTables::iq4, scale, out, 32 * sub);
    }
  }

  /** Writes the values of the low halves of bytes, then those of the high halves. */
  private static void halves(
      BlockBytes block,
      int from,
      int numBytes,
      IntUnaryOperator table,
      float scale,
      float[] out,
      int to) {
    for (int i = 0; i < numBytes; i++) {
      int pair = block.u8(from + i);
      out[to + i] = scale * table.applyAsInt(pair & 15);
      out[to + numBytes + i] = scale * table.applyAsInt(pair >> 4);
    }
  }
}
