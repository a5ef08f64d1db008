package dev.rapt.nn.attention;

import dev.rapt.autograd.Ops;
import dev.rapt.autograd.attention.AttentionArgs;
import dev.rapt.autograd.attention.HeadMatrices;
import dev.rapt.autograd.attention.Heads;
import dev.rapt.autograd.attention.KeyBits;
import dev.rapt.nn.Layer;
import dev.rapt.nn.Linear;
import dev.rapt.nn.Norm;
import dev.rapt.nn.Parameter;
import dev.rapt.nn.Pass;
import dev.rapt.nn.cache.KvCache;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Multi-head latent attention: keys and values of all heads are linear in one small latent vector
 * for each token, and a part of the key that carries the position is shared by all heads.
 * DeepSeek-V2, arXiv:2405.04434, section 2.1. With an indexer, each query looks at chosen keys
 * only: DeepSeek-V3.2-Exp, section 2.1.
 *
 * <p>The cache holds R + P numbers for each token. There are two ways to compute the same: keys and
 * values are <em>expanded</em> from the latents, for training and long prompts; or their matrices
 * are <em>absorbed</em> into queries and results, so that all heads look at the latents themselves,
 * for a few new tokens after many.
 *
 * @param layer index of the layer, for the cache and for dropout
 * @param queries projects to queries
 * @param latentProj from the stream (D) to latent and shared key (R + P)
 * @param latentNorm of the latent (R)
 * @param upProj (H (N + V), R): for each head its keys' part, then its values' part
 * @param oProj from (H V) to (D)
 * @param rope turns the shared key and its counterpart in queries
 * @param scale factor of the scores
 * @param indexer chooses keys, or null for all
 * @param dropout probability to drop an attention weight in training
 */
public record LatentAttention(
    int layer,
    Sizes sizes,
    QueryProjection queries,
    Linear latentProj,
    Norm latentNorm,
    Parameter upProj,
    Linear oProj,
    Rope rope,
    float scale,
    @Nullable LightningIndexer indexer,
    float dropout)
    implements Layer {
  private static final int DROPOUT_SITE = 0;

  /**
   * Widths.
   *
   * @param numHeads H
   * @param plainDim N, of the part of a head's queries and keys without position
   * @param rotaryDim P, of the part with position
   * @param valueDim V, of a head's values
   * @param latentDim R
   */
  public record Sizes(int numHeads, int plainDim, int rotaryDim, int valueDim, int latentDim) {
    /** Width of a head's queries and keys. */
    public int headDim() {
      return plainDim + rotaryDim;
    }

    /** Width of what is kept for a token. */
    int keptDim() {
      return latentDim + rotaryDim;
    }

    /** Width of a head's part of the up-projection. */
    int upDim() {
      return plainDim + valueDim;
    }

    /**
     * Whether absorbing costs less than expanding. For each key, the expanded form pays R (N + V)
     * once, the absorbed form R + R - N - V more for each query.
     */
    boolean absorbs(int newTokens) {
      return newTokens * (2L * latentDim - upDim()) <= (long) latentDim * upDim();
    }
  }

  /**
   * Queries, through a latent of their own or directly.
   *
   * @param down to the latent, or null
   * @param norm of the latent, or null
   * @param up to (H (N + P))
   */
  public record QueryProjection(@Nullable Linear down, @Nullable Norm norm, Linear up) {
    Tensor latent(Tensor x) {
      return down == null || norm == null ? x : norm.forward(down.forward(x));
    }
  }

  /** The parts of a query (B, T, H N) and (B, T, H P), the latter rotated. */
  private record Query(Tensor plain, Tensor rotary) {}

  @Override
  public Tensor forward(Tensor x, Pass pass) {
    Tensor queryLatent = queries.latent(x);
    KeyBits chosen = indexer == null ? null : indexer.select(x, queryLatent, pass);
    Query q = query(queries.up().forward(queryLatent), pass);
    Tensor down = latentProj.forward(x); // (B, T, R + P)
    Tensor latent = latentNorm.forward(Ops.columns(down, 0, sizes.latentDim)); // (B, T, R)
    Tensor shared = Ops.columns(down, sizes.latentDim, sizes.rotaryDim); // (B, T, P)
    shared = Ops.rotate(Heads.of(shared, 1, sizes.rotaryDim), pass.value(rope)).tensor();
    KvCache cache = pass.cache();
    if (cache == null) {
      return oProj.forward(expanded(q, latent, shared, chosen, pass));
    }
    Heads kept =
        cache.appendLatents(
            layer, Heads.of(Ops.concat(List.of(latent, shared)), 1, sizes.keptDim()));
    if (sizes.absorbs(pass.seqLen())) {
      return oProj.forward(absorbed(q, kept, chosen, pass));
    }
    Tensor all = firstPositions(x.scope(), kept.tensor(), pass.totalLen()); // (B, S, R + P)
    Tensor latents = Ops.columns(all, 0, sizes.latentDim);
    Tensor sharedKeys = Ops.columns(all, sizes.latentDim, sizes.rotaryDim);
    return oProj.forward(expanded(q, latents, sharedKeys, chosen, pass));
  }

  /** Splits (B, T, H (N + P)) and rotates the parts with position. */
  private Query query(Tensor x, Pass pass) {
    int H = sizes.numHeads;
    long B = x.dim(0);
    long T = x.dim(1);
    Tensor heads = x.reshape(B, T, H, sizes.headDim());
    Tensor plain = Ops.columns(heads, 0, sizes.plainDim).reshape(B, T, H * (long) sizes.plainDim);
    Tensor rotary =
        Ops.columns(heads, sizes.plainDim, sizes.rotaryDim)
            .reshape(B, T, H * (long) sizes.rotaryDim);
    Heads rotated = Ops.rotate(Heads.of(rotary, H, sizes.rotaryDim), pass.value(rope));
    return new Query(plain, rotated.tensor());
  }

  /** Attention with keys and values of each head: latents (B, S, R), shared keys (B, S, P). */
  private Tensor expanded(
      Query q, Tensor latents, Tensor shared, @Nullable KeyBits chosen, Pass pass) {
    int H = sizes.numHeads;
    long B = latents.dim(0);
    long S = latents.dim(1);
    Tensor up = Ops.linear(latents, upProj.compute(), null, false).reshape(B, S, H, sizes.upDim());
    Tensor keys =
        Ops.concat(
            List.of(Ops.columns(up, 0, sizes.plainDim), Ops.repeat(shared, H))); // (B, S, H, N + P)
    Tensor values = Ops.columns(up, sizes.plainDim, sizes.valueDim); // (B, S, H, V)
    return Ops.attention(
        joined(q.plain, sizes.plainDim, q.rotary),
        Heads.of(keys.reshape(B, S, (long) H * sizes.headDim()), H, sizes.headDim()),
        Heads.of(values.reshape(B, S, (long) H * sizes.valueDim), H, sizes.valueDim),
        args(chosen, pass));
  }

  /** Attention of all heads to the kept vectors (B, capacity, R + P) themselves. */
  private Tensor absorbed(Query q, Heads kept, @Nullable KeyBits chosen, Pass pass) {
    int H = sizes.numHeads;
    Tensor up = upProj.compute();
    Heads plain = Heads.of(q.plain, H, sizes.plainDim);
    Tensor inLatent = // (B, T, H R)
        Ops.headLinear(plain, new HeadMatrices(up, H, 0, sizes.plainDim, true));
    Tensor mixed = // (B, T, H R)
        Ops.attention(
            joined(inLatent, sizes.latentDim, q.rotary),
            kept,
            new Heads(kept.tensor(), 0, 1, sizes.latentDim),
            args(chosen, pass));
    return Ops.headLinear(
        Heads.of(mixed, H, sizes.latentDim),
        new HeadMatrices(up, H, sizes.plainDim, sizes.valueDim, false)); // (B, T, H V)
  }

  /** Each head's part of this width and its part with position, side by side. */
  private Heads joined(Tensor x, int width, Tensor rotary) {
    int H = sizes.numHeads;
    long B = x.dim(0);
    long T = x.dim(1);
    Tensor both =
        Ops.concat(List.of(x.reshape(B, T, H, width), rotary.reshape(B, T, H, sizes.rotaryDim)));
    int headDim = width + sizes.rotaryDim;
    return Heads.of(both.reshape(B, T, (long) H * headDim), H, headDim);
  }

  private AttentionArgs args(@Nullable KeyBits chosen, Pass pass) {
    return AttentionArgs.of(scale, pass.keyFrom(0), pass.keyTo(0), pass.totalLen())
        .withKeyBits(chosen)
        .withDropout(pass.dropout(dropout), pass.dropoutSeed(layer, DROPOUT_SITE));
  }

  /** The positions that are in use, out of (B, capacity, width): (B, S, width). */
  private static Tensor firstPositions(Scope scope, Tensor room, long S) {
    Tensor used = scope.empty(DType.F32, room.dim(0), S, room.dim(2));
    long bytes = S * room.dim(2) * Float.BYTES;
    long roomBytes = room.dim(1) * room.dim(2) * Float.BYTES;
    for (long b = 0; b < room.dim(0); b++) {
      MemorySegment.copy(room.memory(), b * roomBytes, used.memory(), b * bytes, bytes);
    }
    return used;
  }
}
