package dev.rapt.kernel;

import java.lang.foreign.MemorySegment;

/**
 * Unpacks quantised weights to f32. This is exact, except that a scale is applied with one
 * rounding.
 */
public interface UnpackKernel {
  /** Number of values that share a scale in MXFP4. */
  int MXFP4_VALUES = 32;

  /**
   * MXFP4: 4-bit E2M1 floats, two in a byte with the first in the low half, times a power of two
   * shared by 32 values. OCP Microscaling Formats Specification 1.0, sections 5.3 and 6.
   *
   * @param out 32 numBlocks f32, written
   * @param blocks 16 numBlocks bytes
   * @param scales numBlocks bytes, see {@link #power}
   */
  void mxFp4(MemorySegment out, MemorySegment blocks, MemorySegment scales, long numBlocks);

  /** Number of values that share a scale in NF4 and FP4. */
  int FOUR_BIT_VALUES = 64;

  /**
   * NF4 and FP4: 4-bit codes, two in a byte with the first in the high half, times a scale shared
   * by 64 values.
   *
   * @param out 64 numBlocks f32, written
   * @param code the values of the codes
   * @param codes 32 numBlocks bytes
   * @param scales numBlocks f32
   */
  void fourBits(
      MemorySegment out,
      FourBitCode code,
      MemorySegment codes,
      MemorySegment scales,
      long numBlocks);

  /** Unpacks E4M3 floats as in {@link Float8}: out[i] = scale x[i]. */
  void float8(MemorySegment out, MemorySegment x, float scale, long n);

  /**
   * Unpacks integers of 2, 3, 4 or 8 bits that share a scale and a zero point: out[i] = scale (x[i]
   * - zero). They are packed without gaps, lowest bits first.
   *
   * @param out n f32, written
   * @param x ceil(n bits / 8) bytes, or more
   * @param isSigned whether integers are in two's complement
   * @param zero an integer
   */
  void integers(
      MemorySegment out,
      MemorySegment x,
      int bits,
      boolean isSigned,
      float zero,
      float scale,
      long n);

  /** Returns the power of two encoded by a scale of MXFP4: 2^(scale - 127), NaN for 255. */
  static float power(byte scale) {
    int exponent = scale & 0xff;
    return exponent == 255 ? Float.NaN : Math.scalb(1f, exponent - 127);
  }
}
