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

  /** Number of values that share a scale in NF4. */
  int NF4_VALUES = 64;

  /**
   * The values of NF4 by their codes: quantiles of the normal distribution, with an exact 0. QLoRA,
   * arXiv:2305.14314, appendix E.
   */
  static float[] nf4Values() {
    return new float[] {
      -1f,
      -0.6961928f,
      -0.52507305f,
      -0.3949175f,
      -0.28444138f,
      -0.18477343f,
      -0.091050036f,
      0f,
      0.0795803f,
      0.1609302f,
      0.2461123f,
      0.33791524f,
      0.44070983f,
      0.562617f,
      0.72295684f,
      1f
    };
  }

  /**
   * NF4: 4-bit codes of {@link #nf4Values}, two in a byte with the first in the high half, times a
   * scale shared by 64 values.
   *
   * @param out 64 numBlocks f32, written
   * @param codes 32 numBlocks bytes
   * @param scales numBlocks f32
   */
  void nf4(MemorySegment out, MemorySegment codes, MemorySegment scales, long numBlocks);

  /** Unpacks E4M3 floats as in {@link Float8}: out[i] = scale x[i]. */
  void float8(MemorySegment out, MemorySegment x, float scale, long n);

  /** Returns the power of two encoded by a scale of MXFP4: 2^(scale - 127), NaN for 255. */
  static float power(byte scale) {
    int exponent = scale & 0xff;
    return exponent == 255 ? Float.NaN : Math.scalb(1f, exponent - 127);
  }
}
