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
 * Multi-head latent attention (MLA): keys and values of all heads are projected from one small
 * latent vector per token; the part of the key with RoPE is shared by all heads. DeepSeek-V2,
 * arXiv:2405.04434, section 2.1. With an indexer, it is sparse: each query attends to selected keys
 * only. DeepSeek-V3.2-Exp, section 2.1.
 *
 * <p>The KV cache holds R + P numbers per token. Two equivalent computations: in training and for
 * long prompts, keys and values are <em>expanded</em> from the latents. For a few new tokens after
 * many, the up-projection is <em>absorbed</em> into queries and outputs, so that all heads attend
 * to the latents directly.
 *
 * @param sizes widths of the parts
 * @param projections between residual stream, latents and heads
 * @param rope RoPE of the shared key and of its counterpart in queries
 * @param attention layer index, scale of the scores and dropout; nothing else of it applies
 * @param indexer selects the keys of each query; null for all keys
 */
public record LatentAttention(
    Sizes sizes,
    Projections projections,
    Rope rope,
    Attention attention,
    @Nullable LightningIndexer indexer)
    implements Layer {
  private static final int DROPOUT_SITE = 0;

  /**
   * Widths.
   *
   * @param numHeads H
   * @param plainDim N, width of a head's queries and keys without RoPE
   * @param rotaryDim P, width of a head's queries and keys with RoPE
   * @param valueDim V, width of a head's values
   * @param latentDim R, width of the latent
   */
  public record Sizes(int numHeads, int plainDim, int rotaryDim, int valueDim, int latentDim) {
    /** Returns N + P, the width of a head's queries and keys. */
    public int headDim() {
      return plainDim + rotaryDim;
    }

    /** Returns R + P, the number of cached values per token. */
    int keptDim() {
      return latentDim + rotaryDim;
    }

    /** Returns N + V, the width of a head in the up-projection. */
    int upDim() {
      return plainDim + valueDim;
    }

    /**
     * Returns whether absorbing costs less than expanding. Per key, the expanded form costs R (N +
     * V) once, the absorbed form 2 R - N - V more for each query.
     */
    boolean absorbs(int newTokens) {
      return newTokens * (2L * latentDim - upDim()) <= (long) latentDim * upDim();
    }
  }

  /**
   * Projections.
   *
   * @param queries projection to queries
   * @param latent projection from the residual stream (D) to latent and shared key (R + P)
   * @param latentNorm norm of the latent (R)
   * @param up up-projection (H (N + V), R): for each head the rows of its keys, then of its values
   * @param output output projection from (H V) to (D)
   */
  public record Projections(
      QueryProjection queries, Linear latent, Norm latentNorm, Parameter up, Linear output) {}

  /**
   * Projection to queries, directly or through a latent.
   *
   * @param down projection to the latent, or null
   * @param norm norm of the latent, or null
   * @param up projection to (H (N + P))
   */
  public record QueryProjection(@Nullable Linear down, @Nullable Norm norm, Linear up) {
    Tensor latent(Tensor x) {
      return down == null || norm == null ? x : norm.forward(down.forward(x));
    }
  }

  /** Queries without RoPE (B, T, H N) and with RoPE (B, T, H P). */
  private record Query(Tensor plain, Tensor rotary) {}

  @Override
  public Tensor forward(Tensor x, Pass pass) {
    if (pass.isRagged()) {
      return pass.eachSequence(x, this::forward);
    }
    Tensor queryLatent = projections.queries().latent(x);
    KeyBits chosen = indexer == null ? null : indexer.select(x, queryLatent, pass);
    Query q = query(projections.queries().up().forward(queryLatent), pass);
    Tensor down = projections.latent().forward(x); // (B, T, R + P)
    Tensor latent =
        projections.latentNorm().forward(Ops.columns(down, 0, sizes.latentDim)); // (B, T, R)
    Tensor shared = Ops.columns(down, sizes.latentDim, sizes.rotaryDim); // (B, T, P)
    shared = Ops.rotate(Heads.of(shared, 1, sizes.rotaryDim), pass.value(rope)).tensor();
    KvCache cache = pass.cache();
    if (cache == null) {
      return projections.output().forward(expanded(q, latent, shared, chosen, pass));
    }
    Heads kept =
        cache.appendLatents(
            attention.layer(), Heads.of(Ops.concat(List.of(latent, shared)), 1, sizes.keptDim()));
    if (sizes.absorbs(pass.seqLen())) {
      return projections.output().forward(absorbed(q, kept, chosen, pass));
    }
    Tensor all = firstPositions(x.scope(), kept.tensor(), pass.totalLen()); // (B, S, R + P)
    Tensor latents = Ops.columns(all, 0, sizes.latentDim);
    Tensor sharedKeys = Ops.columns(all, sizes.latentDim, sizes.rotaryDim);
    return projections.output().forward(expanded(q, latents, sharedKeys, chosen, pass));
  }

  /** Splits queries (B, T, H (N + P)) and rotates the part with RoPE. */
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

  /** Expanded form, from latents (B, S, R) and shared keys (B, S, P). Returns (B, T, H V). */
  private Tensor expanded(
      Query q, Tensor latents, Tensor shared, @Nullable KeyBits chosen, Pass pass) {
    int H = sizes.numHeads;
    long B = latents.dim(0);
    long S = latents.dim(1);
    Tensor up =
        Ops.linear(latents, projections.up().compute(), null, false)
            .reshape(B, S, H, sizes.upDim());
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

  /**
   * Absorbed form: all heads attend to the cached vectors (B, capacity, R + P). Returns (B, T, H
   * V).
   */
  private Tensor absorbed(Query q, Heads kept, @Nullable KeyBits chosen, Pass pass) {
    int H = sizes.numHeads;
    Tensor up = projections.up().compute();
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

  /** Concatenates each head's part of this width and its part with RoPE. */
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
    return AttentionArgs.of(
            attention.scores().scale(), pass.keyFrom(0), pass.keyTo(0), pass.totalLen())
        .withKeyBits(chosen)
        .withDropout(
            pass.dropout(attention.dropout()), pass.dropoutSeed(attention.layer(), DROPOUT_SITE));
  }

  /** Returns the positions in use, (B, S, width), out of (B, capacity, width). */
  private static Tensor firstPositions(Scope scope, Tensor buffer, long S) {
    Tensor used = scope.empty(DType.F32, buffer.dim(0), S, buffer.dim(2));
    long bytes = S * buffer.dim(2) * Float.BYTES;
    long bufferBytes = buffer.dim(1) * buffer.dim(2) * Float.BYTES;
    for (long b = 0; b < buffer.dim(0); b++) {
      MemorySegment.copy(buffer.memory(), b * bufferBytes, used.memory(), b * bytes, bytes);
    }
    return used;
  }
}
