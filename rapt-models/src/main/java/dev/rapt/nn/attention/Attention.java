package dev.rapt.nn.attention;

import dev.rapt.autograd.Ops;
import dev.rapt.autograd.attention.AttentionArgs;
import dev.rapt.autograd.attention.Heads;
import dev.rapt.autograd.attention.Rotation;
import dev.rapt.nn.EncoderContext;
import dev.rapt.nn.Parameter;
import dev.rapt.nn.Pass;
import dev.rapt.nn.RaggedPart;
import dev.rapt.nn.cache.KvCache;
import dev.rapt.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Scaled dot-product attention between the projections: rotates queries and keys (RoPE), appends
 * keys and values to the KV cache, attends. {@link #of} is plain causal attention; the other
 * methods return copies that differ in one respect. arXiv:1706.03762, section 3.2.1.
 *
 * @param layer index of the layer, for the cache and for dropout
 * @param scores how scores are computed from queries and keys
 * @param window which keys a query sees
 * @param dropout probability to drop an attention weight, in training
 */
public record Attention(int layer, ScoreTerms scores, KeyWindow window, float dropout) {
  private static final int DROPOUT_SITE = 0;
  private static final int CROSS_DROPOUT_SITE = 4;

  /** Returns attention over all keys that the pass lets a query see, scaled by 1 / sqrt(E). */
  public static Attention of(int layer, int headDim) {
    return new Attention(layer, ScoreTerms.scaledBy(1 / Math.sqrt(headDim)), KeyWindow.ALL, 0);
  }

  /** Returns a copy with this factor of the scores in place of 1 / sqrt(E). */
  public Attention scaled(double factor) {
    return with(scores.scaled(factor));
  }

  /** Returns a copy with a sliding window of this many keys; 0 for all. */
  public Attention withWindow(int keys) {
    return with(new KeyWindow(keys, false));
  }

  /** Returns a copy with chunked attention: queries see keys from the last multiple of this on. */
  public Attention inChunksOf(int keys) {
    return with(new KeyWindow(keys, true));
  }

  /** Returns a copy with score soft-capping at this bound; 0 for none. */
  public Attention withSoftCap(double bound) {
    return with(scores.withSoftCap(bound));
  }

  /** Returns a copy with ALiBi slopes (H), or null for none. */
  public Attention withAlibi(@Nullable Tensor slopes) {
    return with(scores.withAlibi(slopes));
  }

  /** Returns a copy with attention sinks, learned scores (H) in the denominators. */
  public Attention withSinks(Parameter sinks) {
    return with(scores.withSinks(sinks));
  }

  /** Returns a copy with a learned bias by relative position, or null for none. */
  public Attention withBias(@Nullable RelativeBias bias) {
    return with(scores.withBias(bias));
  }

  /** Returns a copy with scores that grow with the position of the query. */
  public Attention withTemperature(Temperature temperature) {
    return with(scores.withTemperature(temperature));
  }

  /** Returns a copy with dropout {@code probability} on attention weights, in training. */
  public Attention withDropout(float probability) {
    return new Attention(layer, scores, window, probability);
  }

  private Attention with(ScoreTerms terms) {
    return new Attention(layer, terms, window, dropout);
  }

  private Attention with(KeyWindow keys) {
    return new Attention(layer, scores, keys, dropout);
  }

  /**
   * Maps queries (B, T, H, E), keys and values (B, T, G, E) to (B, T, H E).
   *
   * @param rotation rotary angles, or null for none; queries and keys are rotated in place
   */
  public Tensor forward(Heads q, Heads k, Heads v, @Nullable Rotation rotation, Pass pass) {
    Heads queries = rotation == null ? q : Ops.rotate(q, rotation);
    Heads keys = rotation == null ? k : Ops.rotate(k, rotation);
    return pass.isRagged()
        ? RaggedPart.join(
            pass.scope(),
            pass.parts(),
            part -> attend(part.rows(queries), part.rows(keys), part.rows(v), part.pass()),
            pass.seqLen())
        : attend(queries, keys, v, pass);
  }

  private Tensor attend(Heads q, Heads k, Heads v, Pass pass) {
    if (scores.temperature().growth() != 0) {
      q = q.in(Ops.multiply(q.tensor(), queryFactors(pass)));
    }
    KvCache cache = pass.cache();
    KvCache.Entries held =
        cache == null ? new KvCache.Entries(k, v, 0) : cache.append(layer, kept(), k, v);
    int from = held.from();
    AttentionArgs args =
        AttentionArgs.of(
            scores.scale(),
            window.from(pass, from),
            pass.keyTo(window.size(), from),
            pass.totalLen() - from);
    return Ops.attention(
        q,
        held.keys(),
        held.values(),
        scores
            .apply(args, pass, q.tensor().scope())
            .withDropout(pass.dropout(dropout), pass.dropoutSeed(layer, DROPOUT_SITE)));
  }

  /** The sliding window that the cache may forget beyond; 0 for none. */
  private int kept() {
    // a bias by relative position has a column for every key
    return scores.bias() == null ? window.size() : 0;
  }

  /** Returns the temperature of each query (B, T, 1), which multiplies all its heads. */
  private Tensor queryFactors(Pass pass) {
    int[] positions = pass.positions();
    float[] factors = new float[positions.length];
    for (int i = 0; i < factors.length; i++) {
      factors[i] = scores.temperature().factor(positions[i]);
    }
    return pass.scope().floats(factors, pass.batchSize(), pass.seqLen(), 1);
  }

  /**
   * Cross-attention to the encoder output of the pass: maps queries (B, T, H, E), keys and values
   * (B, S, G, E) to (B, T, H E). Of the settings, only scale, soft cap and dropout apply.
   */
  Tensor crossAttend(Heads q, Heads k, Heads v, Pass pass) {
    EncoderContext source = pass.encoderContext();
    return Ops.attention(
        q,
        k,
        v,
        AttentionArgs.of(scores.scale(), source.from(), source.to(), source.length())
            .withSoftCap(scores.softCap())
            .withDropout(pass.dropout(dropout), pass.dropoutSeed(layer, CROSS_DROPOUT_SITE)));
  }
}
