package dev.rapt.kernel;

/**
 * Rotary position embedding (RoPE, arXiv:2104.09864): the pair (a, b) of a head at a position
 * becomes (a cos - b sin, b cos + a sin). Only the first 2 * pairs elements of each head are
 * rotated; the rest is copied.
 */
public interface RopeKernel {
  /**
   * Rotates rows [fromRow, toRow) of x into out, where row b T + t is all heads at position t of
   * sequence b.
   *
   * @param out (B, T, H, E), may be x
   * @param x (B, T, H, E)
   */
  void rotate(HeadView out, HeadView x, RopeCall call, long fromRow, long toRow);
}
