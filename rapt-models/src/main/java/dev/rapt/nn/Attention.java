package dev.rapt.nn;

import dev.rapt.autograd.AttentionArgs;
import dev.rapt.autograd.Heads;
import dev.rapt.autograd.Ops;
import dev.rapt.autograd.Rotation;
import dev.rapt.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Causal self-attention between the projections: rotates, appends to the cache, attends.
 *
 * @param layer index of the layer, for the cache and for dropout
 * @param scale factor of the scores
 * @param window keys that a query looks back over, itself included; 0 for all
 * @param alibiSlopes (H) f32, or null
 * @param dropout probability to drop an attention weight in training
 */
public record Attention(
    int layer, float scale, int window, @Nullable Tensor alibiSlopes, float dropout) {
  private static final int DROPOUT_SITE = 0;

  /**
   * Maps queries (B, T, H, E), keys and values (B, T, G, E) to (B, T, H E).
   *
   * @param rotation rotary angles, or null for none; queries and keys are rotated in place
   */
  public Tensor forward(Heads q, Heads k, Heads v, @Nullable Rotation rotation, Pass pass) {
    if (rotation != null) {
      q = Ops.rotate(q, rotation);
      k = Ops.rotate(k, rotation);
    }
    KvCache cache = pass.cache();
    if (cache != null) {
      k = cache.appendKeys(layer, k);
      v = cache.appendValues(layer, v);
    }
    return Ops.attention(
        q,
        k,
        v,
        AttentionArgs.of(scale, pass.keyFrom(window), pass.keyTo(), pass.totalLen())
            .withAlibi(alibiSlopes)
            .withDropout(pass.dropout(dropout), pass.dropoutSeed(layer, DROPOUT_SITE)));
  }
}
