package dev.rapt.kernel.scalar.block;

/**
 * The IQ formats of one to three bits: super-blocks of 256 values in groups of eight or four, each
 * a point of a fixed lattice ({@link Lattice}) with signs apart, and scales for 16 or 32 values.
 */
final class LatticeBlocks {
  private static final float DELTA = 0.125f;

  private LatticeBlocks() {}

  /** Block: scale; for each 32 values 4 points, their signs (7 bits each) and a scale (4 bits). */
  static void iq2xxs(BlockBytes block, float[] out) {
    for (int group = 0; group < 32; group++) {
      int at = 2 + 8 * (group / 4);
      int rest = block.u32(at + 4);
      float scale = block.half(0) * (0.5f + (rest >>> 28)) * 0.25f;
      int point = block.u8(at + group % 4);
      int signs = evenSigns(rest >>> (7 * (group % 4)));
      signed(Lattice.IQ2_XXS, point, signs, scale, out, 8 * group);
    }
  }

  /** Block: scale, 32 times a point (9 bits) with its signs (7 bits), 16 scales. */
  static void iq2xs(BlockBytes block, float[] out) {
    for (int group = 0; group < 32; group++) {
      int bits = block.u16(2 + 2 * group);
      float scale = block.half(0) * (0.5f + nibble(block, 66, group / 2)) * 0.25f;
      signed(Lattice.IQ2_XS, bits & 511, evenSigns(bits >>> 9), scale, out, 8 * group);
    }
  }

  /** Block: scale, 32 points, 32 bytes of signs, high bits of the points, 16 scales. */
  static void iq2s(BlockBytes block, float[] out) {
    for (int group = 0; group < 32; group++) {
      int high = block.bits(66 + group / 4, 2 * (group % 4), 2);
      float scale = block.half(0) * (0.5f + nibble(block, 74, group / 2)) * 0.25f;
      int point = block.u8(2 + group) + 256 * high;
      signed(Lattice.IQ2_S, point, block.u8(34 + group), scale, out, 8 * group);
    }
  }

  /** Block: scale, 64 points of four values, for each 32 values signs and a scale. */
  static void iq3xxs(BlockBytes block, float[] out) {
    for (int group = 0; group < 64; group++) {
      int rest = block.u32(66 + 4 * (group / 8));
      float scale = block.half(0) * (0.5f + (rest >>> 28)) * 0.5f;
      int signs = evenSigns(rest >>> (7 * (group % 8 / 2))) >> (4 * (group & 1));
      signed(Lattice.IQ3_XXS, block.u8(2 + group), signs, scale, out, 4 * group);
    }
  }

  /** Block: scale, 64 points of four values, their ninth bits, signs, 8 scales. */
  static void iq3s(BlockBytes block, float[] out) {
    for (int group = 0; group < 64; group++) {
      int ninth = block.bits(66 + group / 8, group % 8, 1);
      float scale = block.half(0) * (1 + 2 * nibble(block, 106, group / 8));
      int signs = block.bits(74 + group / 2, 4 * (group & 1), 4);
      signed(Lattice.IQ3_S, block.u8(2 + group) + 256 * ninth, signs, scale, out, 4 * group);
    }
  }

  /** Block: scale, 32 points, for each 32 values their high bits, a scale and the sign of delta. */
  static void iq1s(BlockBytes block, float[] out) {
    for (int group = 0; group < 32; group++) {
      int rest = block.u16(34 + 2 * (group / 4));
      float scale = block.half(0) * (2 * BlockBytes.bitsOf(rest, 12, 3) + 1);
      int point = block.u8(2 + group) + 256 * BlockBytes.bitsOf(rest, 3 * (group % 4), 3);
      shifted(point, (rest & 0x8000) == 0 ? DELTA : -DELTA, scale, out, 8 * group);
    }
  }

  /** Block: 32 points, their high bits and the signs of delta, scales that hold the scale too. */
  static void iq1m(BlockBytes block, float[] out) {
    int bits = 0;
    for (int i = 0; i < 4; i++) {
      bits |= (block.u16(48 + 2 * i) >> 12) << (4 * i);
    }
    float blockScale = Float.float16ToFloat((short) bits);
    for (int group = 0; group < 32; group++) {
      int sub = group / 2;
      int scale = BlockBytes.bitsOf(block.u16(48 + 2 * (sub / 4)), 3 * (sub % 4), 3);
      int rest = nibble(block, 32, group);
      int point = block.u8(group) + 256 * (rest & 7);
      float delta = (rest & 8) == 0 ? DELTA : -DELTA;
      shifted(point, delta, blockScale * (2 * scale + 1), out, 8 * group);
    }
  }

  private static int nibble(BlockBytes block, int at, int i) {
    return block.bits(at + i / 2, 4 * (i & 1), 4);
  }

  /** Returns eight signs of which seven are stored: the number of minus signs is even. */
  private static int evenSigns(int bits) {
    int seven = bits & 127;
    return seven + 128 * (Integer.bitCount(seven) & 1);
  }

  private static void signed(
      Lattice lattice, int point, int signs, float scale, float[] out, int to) {
    for (int i = 0; i < lattice.dimensions(); i++) {
      float value = scale * lattice.at(point, i);
      out[to + i] = BlockBytes.bitsOf(signs, i, 1) == 0 ? value : -value;
    }
  }

  private static void shifted(int point, float delta, float scale, float[] out, int to) {
    for (int i = 0; i < Lattice.IQ1.dimensions(); i++) {
      out[to + i] = scale * (Lattice.IQ1.at(point, i) + delta);
    }
  }
}
