package dev.rapt.autograd.attention;

import dev.rapt.kernel.RopeCall;
import dev.rapt.tensor.Tensor;

/**
 * Angles of a rotary position embedding for the positions of a call.
 *
 * @param cos (P, pairs) f32, one row for each distinct position
 * @param sin (P, pairs) f32
 * @param rows (B, T) i32, the row of cos and sin for each token
 * @param interleaved whether a pair is elements (2i, 2i + 1) of a head instead of (i, i + pairs)
 */
public record Rotation(Tensor cos, Tensor sin, Tensor rows, boolean interleaved) {
  /** The angles as a kernel sees them. */
  public RopeCall.Angles angles() {
    return new RopeCall.Angles(
        cos.memory(), sin.memory(), rows.memory(), Math.toIntExact(cos.dim(1)), interleaved);
  }
}
