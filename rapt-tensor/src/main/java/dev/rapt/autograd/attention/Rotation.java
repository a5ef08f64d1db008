package dev.rapt.autograd.attention;

import dev.rapt.kernel.RopeCall;
import dev.rapt.tensor.Tensor;

/**
 * Rotary position embedding (RoPE) angles for the positions of a call.
 *
 * @param cos (P, pairs) f32, one row for each distinct position
 * @param sin (P, pairs) f32
 * @param rows (B, T) i32, the row of cos and sin for each token
 * @param interleaved interleaved RoPE, where pair i is elements (2i, 2i + 1) of a head, instead of
 *     half-split RoPE, where it is (i, i + pairs)
 */
public record Rotation(Tensor cos, Tensor sin, Tensor rows, boolean interleaved) {
  /** Returns the angles that kernels take. */
  public RopeCall.Angles angles() {
    return new RopeCall.Angles(
        cos.memory(), sin.memory(), rows.memory(), Math.toIntExact(cos.dim(1)), interleaved);
  }
}
