package dev.rapt.kernel;

import java.lang.foreign.MemorySegment;

/**
 * Rotary position embedding (arXiv:2104.09864): the pair (a, b) of a head at a position becomes (a
 * cos - b sin, b cos + a sin). Only the first 2 * pairs elements of each head are rotated; the rest
 * is copied.
 */
public interface RopeKernel {
  /**
   * Rotates rows [fromRow, toRow) of x into out, where row b T + t is all heads at position t of
   * sequence b.
   *
   * @param out (B, T, heads, headDim), may be x
   * @param x (B, T, heads, headDim)
   * @param cos (positions, pairs) f32, cosines of the angles
   * @param sin (positions, pairs) f32, sines of the angles
   * @param positions (B, T) i32, rows of cos and sin
   * @param interleaved whether pair i is elements (2i, 2i + 1) instead of (i, i + pairs)
   * @param inverse whether to rotate backwards, as the gradient is
   */
  void rotate(
      HeadView out,
      HeadView x,
      MemorySegment cos,
      MemorySegment sin,
      MemorySegment positions,
      long fromRow,
      long toRow,
      int seqLen,
      int heads,
      int headDim,
      int pairs,
      boolean interleaved,
      boolean inverse);
}
