package dev.rapt.autograd;

import dev.rapt.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * What attention needs besides queries, keys and values.
 *
 * @param scale factor of q k^T, commonly 1 / sqrt(headDim)
 * @param keyFrom (B, T) i32, the first key that each query sees
 * @param keyTo (B, T) i32, one past the last key that each query sees
 * @param totalLen S; the keys may lie in a cache with room for more
 * @param alibiSlopes (H) f32, or null: slope (j - i) is added to the score of key j for query i
 * @param dropout probability that an attention weight is dropped
 * @param dropoutSeed decides which
 */
public record AttentionArgs(
    float scale,
    Tensor keyFrom,
    Tensor keyTo,
    int totalLen,
    @Nullable Tensor alibiSlopes,
    float dropout,
    long dropoutSeed) {}
