package dev.rapt.kernel;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.jspecify.annotations.Nullable;

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
   * Integers that are packed without gaps, lowest bits first, in groups that share a scale and a
   * zero point.
   *
   * @param bits 2, 3, 4 or 8
   * @param isSigned whether integers and zero points are in two's complement
   * @param groupSize integers of a group, whole bytes if there are several groups
   */
  record Integers(int bits, boolean isSigned, long groupSize) {
    /** Returns the zero point of all groups if none is given: the middle of the range. */
    public int middle() {
      return isSigned ? 0 : 1 << (bits - 1);
    }

    /** Returns the zero point of a group. */
    public float zero(@Nullable MemorySegment zeros, long group) {
      if (zeros == null) {
        return middle();
      }
      byte zero = zeros.get(ValueLayout.JAVA_BYTE, group);
      return isSigned ? zero : zero & 0xff;
    }
  }

  /**
   * Unpacks integers: out[i] = scale (x[i] - zero), with the scale and zero point of i's group.
   *
   * @param out n f32, written
   * @param x ceil(n bits / 8) bytes, or more
   * @param scales f32, one for each group
   * @param zeros a byte for each group; null if all are in the middle of the range
   */
  void integers(
      MemorySegment out,
      MemorySegment x,
      Integers format,
      MemorySegment scales,
      @Nullable MemorySegment zeros,
      long n);

  /** Returns the power of two encoded by a scale of MXFP4: 2^(scale - 127), NaN for 255. */
  static float power(byte scale) {
    int exponent = scale & 0xff;
    return exponent == 255 ? Float.NaN : Math.scalb(1f, exponent - 127);
  }
}
