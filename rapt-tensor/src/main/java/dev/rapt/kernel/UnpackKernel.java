package dev.rapt.kernel;

import java.lang.foreign.MemorySegment;

/** Unpacks quantised weights to f32, exactly; a factor is applied with one rounding. */
public interface UnpackKernel {
  /** Values that share a scale in MXFP4. */
  int MXFP4_VALUES = 32;

  /**
   * MXFP4: E2M1 floats of 4 bits, two in a byte, the first in the low half, times a power of two
   * for each 32. OCP Microscaling Formats Specification 1.0, sections 5.3 and 6.
   *
   * @param out 32 numBlocks f32, written
   * @param blocks 16 numBlocks bytes
   * @param scales numBlocks bytes, see {@link #power}
   */
  void mxFp4(MemorySegment out, MemorySegment blocks, MemorySegment scales, long numBlocks);

  /** out[i] = scale x[i], x the E4M3 floats of {@link Float8}. */
  void float8(MemorySegment out, MemorySegment x, float scale, long n);

  /** The power of two that a scale of MXFP4 stands for: 2^(scale - 127), NaN for 255. */
  static float power(byte scale) {
    int exponent = scale & 0xff;
    return exponent == 255 ? Float.NaN : Math.scalb(1f, exponent - 127);
  }
}
