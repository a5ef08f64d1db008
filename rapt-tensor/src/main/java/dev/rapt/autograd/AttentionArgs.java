package dev.rapt.autograd;

import dev.rapt.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * What attention needs besides queries, keys and values; {@link #of} makes the plain case, and the
 * {@code with} methods add to it. Query i of a sequence sees keys [keyFrom, keyTo); causal,
 * windowed, bidirectional, packed and cross attention, with or without padding, are choices of
 * these intervals. Distances are counted as if the queries were the last T of S positions.
 *
 * @param scale factor of q k^T, commonly 1 / sqrt(headDim)
 * @param keyFrom (B, T) i32, the first key that each query sees
 * @param keyTo (B, T) i32, one past the last key that each query sees; one that sees none has
 *     result 0
 * @param totalLen S; the keys may lie in a cache with room for more
 * @param softCap see {@link #withSoftCap}; 0 for none
 * @param alibiSlopes see {@link #withAlibi}
 * @param sinks see {@link #withSinks}
 * @param dropout probability that an attention weight is dropped
 * @param dropoutSeed decides which
 */
public record AttentionArgs(
    float scale,
    Tensor keyFrom,
    Tensor keyTo,
    int totalLen,
    float softCap,
    @Nullable Tensor alibiSlopes,
    @Nullable Tensor sinks,
    float dropout,
    long dropoutSeed) {
  /** Softmax of scaled products over intervals of keys. */
  public static AttentionArgs of(float scale, Tensor keyFrom, Tensor keyTo, int totalLen) {
    return new AttentionArgs(scale, keyFrom, keyTo, totalLen, 0, null, null, 0, 0);
  }

  /**
   * Scaled products x become cap tanh(x / cap), before any bias; 0 for none. Gemma 2,
   * arXiv:2408.00118, section 2.
   */
  public AttentionArgs withSoftCap(float cap) {
    return new AttentionArgs(
        scale, keyFrom, keyTo, totalLen, cap, alibiSlopes, sinks, dropout, dropoutSeed);
  }

  /**
   * Adds slope (j - i) to the score of key j for query i; no gradient flows to the slopes.
   * arXiv:2108.12409.
   *
   * @param slopes (H) f32, or null for none
   */
  public AttentionArgs withAlibi(@Nullable Tensor slopes) {
    return new AttentionArgs(
        scale, keyFrom, keyTo, totalLen, softCap, slopes, sinks, dropout, dropoutSeed);
  }

  /**
   * A learned score of each head joins the denominator of its softmax, and its weight is dropped.
   * gpt-oss, arXiv:2508.10925.
   *
   * @param scores (H) f32, or null for none
   */
  public AttentionArgs withSinks(@Nullable Tensor scores) {
    return new AttentionArgs(
        scale, keyFrom, keyTo, totalLen, softCap, alibiSlopes, scores, dropout, dropoutSeed);
  }

  /** Drops weights with this probability, 0 for none, and divides the others by 1 - p. */
  public AttentionArgs withDropout(float probability, long seed) {
    return new AttentionArgs(
        scale, keyFrom, keyTo, totalLen, softCap, alibiSlopes, sinks, probability, seed);
  }
}
