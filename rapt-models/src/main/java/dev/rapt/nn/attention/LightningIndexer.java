package dev.rapt.nn.attention;

import dev.rapt.autograd.Casts;
import dev.rapt.autograd.Ops;
import dev.rapt.autograd.attention.Heads;
import dev.rapt.autograd.attention.KeyBits;
import dev.rapt.autograd.attention.KeySelection;
import dev.rapt.nn.Linear;
import dev.rapt.nn.Norm;
import dev.rapt.nn.Pass;
import dev.rapt.nn.cache.KvCache;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Lightning indexer: selects the keys of DeepSeek sparse attention, by scores of its own small
 * queries and keys. No gradient flows through the selection. It is computed in f32, without the
 * Hadamard transform, which changes no score, and without 8-bit rounding. DeepSeek-V3.2-Exp,
 * section 2.1.
 *
 * @param layer index of the layer, for the KV cache
 * @param qProj from the query latent (Rq) to (Hi Ei)
 * @param kProj from the residual stream (D) to (Ei)
 * @param weightProj from the residual stream (D) to a weight per head (Hi)
 * @param rope RoPE of the first elements of queries and keys, half-split even where that of
 *     attention is interleaved
 * @param numHeads Hi
 * @param headDim Ei
 * @param topK number of keys selected for each query
 */
public record LightningIndexer(
    int layer,
    Linear qProj,
    Linear kProj,
    Norm kNorm,
    Linear weightProj,
    Rope rope,
    int numHeads,
    int headDim,
    int topK) {

  /**
   * Returns the selected keys of each query, or null where there are at most {@code topK}.
   *
   * @param x (B, T, D)
   * @param queryLatent (B, T, Rq)
   */
  @Nullable KeyBits select(Tensor x, Tensor queryLatent, Pass pass) {
    KvCache cache = pass.cache();
    try (Scope inside = x.scope().child()) {
      Tensor stream = inside.alias(x);
      Tensor keys = kNorm.forward(kProj.forward(stream)); // (B, T, Ei)
      Heads k = rotated(keys, 1, inside, pass);
      if (cache != null) {
        k = cache.appendIndexKeys(layer, k);
      }
      if (pass.totalLen() <= topK) {
        return null;
      }
      Tensor queries = qProj.forward(inside.alias(queryLatent)); // (B, T, Hi Ei)
      Tensor weights = weightProj.forward(stream, DType.F32); // (B, T, Hi)
      return KeySelection.highest(
          x.scope(),
          rotated(queries, numHeads, inside, pass),
          k,
          weights,
          topK,
          pass.keyFrom(0),
          pass.keyTo(0),
          pass.totalLen());
    }
  }

  private Heads rotated(Tensor x, int heads, Scope inside, Pass pass) {
    return Ops.rotate(Heads.of(Casts.toFloat(inside, x), heads, headDim), pass.value(rope));
  }
}
