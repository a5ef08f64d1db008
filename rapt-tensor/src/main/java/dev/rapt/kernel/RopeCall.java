package dev.rapt.kernel;

import java.lang.foreign.MemorySegment;

/**
 * Parameters of {@link RopeKernel} besides its input and output.
 *
 * @param inverse whether to rotate by the negative angles, as the backward pass does
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
   * @param interleaved interleaved RoPE, where pair i is elements (2i, 2i + 1), instead of
   *     half-split RoPE, where it is (i, i + pairs)
   */
  public record Angles(
      MemorySegment cos,
      MemorySegment sin,
      MemorySegment positions,
      int pairs,
      boolean interleaved) {}
}
