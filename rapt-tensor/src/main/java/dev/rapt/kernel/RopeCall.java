package dev.rapt.kernel;

import java.lang.foreign.MemorySegment;

/**
 * What {@link RopeKernel} computes, besides its input and output.
 *
 * @param inverse whether to rotate by the negative angles, as the gradient is
 */
public record RopeCall(Sizes sizes, Angles angles, boolean inverse) {
  /**
   * Sizes of the rotated tensor.
   *
   * @param seqLen T
   * @param numHeads H
   * @param headDim E, at least 2 * pairs
   */
  public record Sizes(int seqLen, int numHeads, int headDim) {}

  /**
   * Angles of each position.
   *
   * @param cos (positions, pairs) f32, cosines of the angles
   * @param sin (positions, pairs) f32, sines of the angles
   * @param positions (B, T) i32, rows of cos and sin
   * @param pairs number of rotated pairs of a head
   * @param interleaved whether pair i is elements (2i, 2i + 1) instead of (i, i + pairs)
   */
  public record Angles(
      MemorySegment cos,
      MemorySegment sin,
      MemorySegment positions,
      int pairs,
      boolean interleaved) {}
}
