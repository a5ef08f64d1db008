package dev.rapt.nn;

import dev.rapt.autograd.Ops;
import dev.rapt.autograd.attention.AttentionArgs;
import dev.rapt.autograd.attention.Heads;
import dev.rapt.autograd.attention.Rotation;
import dev.rapt.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Self-attention between the projections: rotates, appends to the cache, attends. {@link #of} is
 * the plain case, the other methods differ from it in one respect.
 *
 * @param layer index of the layer, for the cache and for dropout
 * @param scale factor of the scores
 * @param window keys that a query looks back over, itself included; 0 for all
 * @param inChunks whether the window does not slide: queries look back to the last multiple of it
 * @param softCap bound that scores approach through a tanh; 0 for none
 * @param alibiSlopes (H) f32, or null
 * @param sinks a learned score (H) of each head that joins its softmax's denominator, or null
 * @param bias learned by distance, or null
 * @param temperature how scores grow with the position of the query
 * @param dropout probability to drop an attention weight in training
 */
public record Attention(
    int layer,
    float scale,
    int window,
    boolean inChunks,
    float softCap,
    @Nullable Tensor alibiSlopes,
    @Nullable Parameter sinks,
    @Nullable RelativeBias bias,
    Temperature temperature,
    float dropout) {
  /**
   * A factor of scores that grows with the position p of the query: {@code 1 + growth log(1 +
   * floor((p + offset) / length))}. arXiv:2501.19399, section 3, with steps.
   *
   * @param growth 0 for none
   * @param length positions with one factor, at least 1
   */
  public record Temperature(double growth, int length, int offset) {
    /** No growth. */
    public static final Temperature CONSTANT = new Temperature(0, 1, 0);

    float factor(int position) {
      int steps = Math.floorDiv(position + offset, length);
      return (float) (1 + growth * Math.log1p(steps));
    }
  }

  private static final int DROPOUT_SITE = 0;
  private static final int CROSS_DROPOUT_SITE = 4;

  /** Over all keys that the pass lets a query see, with the usual scale 1 / sqrt(E). */
  public static Attention of(int layer, int headDim) {
    return new Attention(
        layer,
        (float) (1 / Math.sqrt(headDim)),
        0,
        false,
        0,
        null,
        null,
        null,
        Temperature.CONSTANT,
        0);
  }

  /** The same with another factor of the scores. */
  public Attention scaled(double factor) {
    return new Attention(
        layer,
        (float) factor,
        window,
        inChunks,
        softCap,
        alibiSlopes,
        sinks,
        bias,
        temperature,
        dropout);
  }

  /** The same over this many keys at most; 0 for all. */
  public Attention within(int keys) {
    return new Attention(
        layer, scale, keys, false, softCap, alibiSlopes, sinks, bias, temperature, dropout);
  }

  /** The same over the keys from the last multiple of this number on. */
  public Attention inChunksOf(int keys) {
    return new Attention(
        layer, scale, keys, true, softCap, alibiSlopes, sinks, bias, temperature, dropout);
  }

  /** The same with scores bounded by this; 0 for no bound. */
  public Attention capped(double bound) {
    return new Attention(
        layer,
        scale,
        window,
        inChunks,
        (float) bound,
        alibiSlopes,
        sinks,
        bias,
        temperature,
        dropout);
  }

  /** The same with a penalty for distance, slopes (H) or null. */
  public Attention withAlibi(@Nullable Tensor slopes) {
    return new Attention(
        layer, scale, window, inChunks, softCap, slopes, sinks, bias, temperature, dropout);
  }

  /** The same with learned scores (H) in the denominators. */
  public Attention withSinks(Parameter scores) {
    return new Attention(
        layer, scale, window, inChunks, softCap, alibiSlopes, scores, bias, temperature, dropout);
  }

  /** The same with learned scores by distance, or null. */
  public Attention withBias(@Nullable RelativeBias byDistance) {
    return new Attention(
        layer,
        scale,
        window,
        inChunks,
        softCap,
        alibiSlopes,
        sinks,
        byDistance,
        temperature,
        dropout);
  }

  /** The same with scores that grow with the position of the query. */
  public Attention withTemperature(Temperature growing) {
    return new Attention(
        layer, scale, window, inChunks, softCap, alibiSlopes, sinks, bias, growing, dropout);
  }

  /** The same with dropout of weights in training. */
  public Attention withDropout(float probability) {
    return new Attention(
        layer,
        scale,
        window,
        inChunks,
        softCap,
        alibiSlopes,
        sinks,
        bias,
        temperature,
        probability);
  }

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
    if (temperature.growth() != 0) {
      q = q.in(Ops.multiply(q.tensor(), queryFactors(pass)));
    }
    KvCache cache = pass.cache();
    int from = 0;
    if (cache != null) {
      // scores by distance have a column for every key
      KvCache.Held held = cache.append(layer, bias == null ? window : 0, k, v);
      k = held.keys();
      v = held.values();
      from = held.from();
    }
    return Ops.attention(
        q,
        k,
        v,
        AttentionArgs.of(
                scale,
                inChunks ? pass.chunkFrom(window, from) : pass.keyFrom(window, from),
                pass.keyTo(window, from),
                pass.totalLen() - from)
            .withSoftCap(softCap)
            .withAlibi(alibiSlopes)
            .withSinks(sinks == null ? null : sinks.value())
            .withRelativeByQuery(bias == null ? null : bias.scores(pass, q.tensor().scope()))
            .withDropout(pass.dropout(dropout), pass.dropoutSeed(layer, DROPOUT_SITE)));
  }

  /** The temperature of each query (B, T, 1), which multiplies all of its tensor. */
  private Tensor queryFactors(Pass pass) {
    int[] positions = pass.positions();
    float[] factors = new float[positions.length];
    for (int i = 0; i < factors.length; i++) {
      factors[i] = temperature.factor(positions[i]);
    }
    return pass.scope().floats(factors, pass.batchSize(), pass.seqLen(), 1);
  }

  /**
   * Attention to the encoder's output of the pass: maps queries (B, T, H, E), keys and values (B,
   * S, G, E) to (B, T, H E). Scale, soft cap and dropout apply, nothing else.
   */
  Tensor across(Heads q, Heads k, Heads v, Pass pass) {
    PassSource source = pass.source();
    return Ops.attention(
        q,
        k,
        v,
        AttentionArgs.of(scale, source.from(), source.to(), source.length())
            .withSoftCap(softCap)
            .withDropout(pass.dropout(dropout), pass.dropoutSeed(layer, CROSS_DROPOUT_SITE)));
  }
}
