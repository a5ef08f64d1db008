package dev.rapt.kernel.block;

/**
 * A block format of GGML: a number of values packed into a number of bytes, as in ggml-common.h of
 * github.com/ggml-org/llama.cpp.
 */
public enum BlockFormat {
  /** 4 bits, a scale for 32 values. */
  Q4_0(32, 18),
  /** 4 bits, a scale and a minimum for 32 values. */
  Q4_1(32, 20),
  /** 5 bits, a scale for 32 values. */
  Q5_0(32, 22),
  /** 5 bits, a scale and a minimum for 32 values. */
  Q5_1(32, 24),
  /** 8 bits, a scale for 32 values. */
  Q8_0(32, 34),
  /** 2.6 bits, sub-blocks of 16 values. */
  Q2_K(256, 84),
  /** 3.4 bits, sub-blocks of 16 values. */
  Q3_K(256, 110),
  /** 4.5 bits, sub-blocks of 32 values. */
  Q4_K(256, 144),
  /** 5.5 bits, sub-blocks of 32 values. */
  Q5_K(256, 176),
  /** 6.6 bits, sub-blocks of 16 values. */
  Q6_K(256, 210),
  /** 2.1 bits, points of a lattice. */
  IQ2_XXS(256, 66),
  /** 2.3 bits, points of a lattice. */
  IQ2_XS(256, 74),
  /** 2.6 bits, points of a lattice. */
  IQ2_S(256, 82),
  /** 3.1 bits, points of a lattice. */
  IQ3_XXS(256, 98),
  /** 3.4 bits, points of a lattice. */
  IQ3_S(256, 110),
  /** 1.6 bits, points of a lattice. */
  IQ1_S(256, 50),
  /** 1.8 bits, points of a lattice. */
  IQ1_M(256, 56),
  /** 4.5 bits, a table of 16 values, a scale for 32 values. */
  IQ4_NL(32, 18),
  /** 4.3 bits, a table of 16 values, sub-blocks of 32 values. */
  IQ4_XS(256, 136),
  /** Ternary, 1.7 bits. */
  TQ1_0(256, 54),
  /** Ternary, 2.1 bits. */
  TQ2_0(256, 66),
  /** 4-bit floats with a power of two for 32 values, as gpt-oss has them. */
  MXFP4(32, 17),
  /** 4-bit floats with an 8-bit float for 16 values. */
  NVFP4(64, 36);

  private final int blockValues;
  private final int blockBytes;

  BlockFormat(int blockValues, int blockBytes) {
    this.blockValues = blockValues;
    this.blockBytes = blockBytes;
  }

  /** Returns the number of values in a block. */
  public int blockValues() {
    return blockValues;
  }

  /** Returns the number of bytes of a block. */
  public int blockBytes() {
    return blockBytes;
  }
}
