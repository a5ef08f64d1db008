package dev.rapt.autograd;

import dev.rapt.tensor.DType;
import dev.rapt.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * What attention needs besides queries, keys and values; {@link #of} makes the plain case, and the
 * {@code with} methods add to it. Query i of a sequence sees keys [keyFrom, keyTo): causal,
 * windowed, bidirectional, packed and cross attention, with or without padding, are choices of
 * these intervals. Distances are counted as if the queries were the last T of S positions.
 *
 * @param scale factor of q k^T, commonly 1 / sqrt(headDim)
 * @param keyFrom (B, T) i32, the first key that each query sees
 * @param keyTo (B, T) i32, one past the last key that each query sees; the result of a query that
 *     sees none is 0
 * @param totalLen S; the keys may lie in a cache with room for more
 * @param softCap see {@link #withSoftCap}; 0 for none
 * @param alibiSlopes see {@link #withAlibi}
 * @param sinks see {@link #withSinks}
 * @param byQuery see {@link #withRelativeByQuery}
 * @param byKey see {@link #withRelativeByKey}
 * @param keyBits see {@link #withKeyBits}
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
    @Nullable RelativeScores byQuery,
    @Nullable RelativeScores byKey,
    @Nullable KeyBits keyBits,
    float dropout,
    long dropoutSeed) {
  /** Softmax of scaled products over intervals of keys. */
  public static AttentionArgs of(float scale, Tensor keyFrom, Tensor keyTo, int totalLen) {
    return new AttentionArgs(
        scale, keyFrom, keyTo, totalLen, 0, null, null, null, null, null, 0, 0);
  }

  /**
   * Scaled products x become cap tanh(x / cap), before any bias; 0 for none. Gemma 2,
   * arXiv:2408.00118, section 2.
   */
  public AttentionArgs withSoftCap(float cap) {
    return new AttentionArgs(
        scale,
        keyFrom,
        keyTo,
        totalLen,
        cap,
        alibiSlopes,
        sinks,
        byQuery,
        byKey,
        keyBits,
        dropout,
        dropoutSeed);
  }

  /**
   * Adds slope (j - i) to the score of key j for query i; no gradient flows to the slopes.
   * arXiv:2108.12409.
   *
   * @param slopes (H) f32, or null for none
   */
  public AttentionArgs withAlibi(@Nullable Tensor slopes) {
    return new AttentionArgs(
        scale,
        keyFrom,
        keyTo,
        totalLen,
        softCap,
        slopes,
        sinks,
        byQuery,
        byKey,
        keyBits,
        dropout,
        dropoutSeed);
  }

  /**
   * A learned score of each head joins the denominator of its softmax, and its weight is dropped.
   * gpt-oss, arXiv:2508.10925.
   *
   * @param scores (H) f32, or null for none
   */
  public AttentionArgs withSinks(@Nullable Tensor scores) {
    return new AttentionArgs(
        scale,
        keyFrom,
        keyTo,
        totalLen,
        softCap,
        alibiSlopes,
        scores,
        byQuery,
        byKey,
        keyBits,
        dropout,
        dropoutSeed);
  }

  /**
   * Adds table[b, h, i, column(j - i)] to the score of key j for query i.
   *
   * @param term its table has a row for each query or one for all; null for none
   */
  public AttentionArgs withRelativeByQuery(@Nullable RelativeScores term) {
    return new AttentionArgs(
        scale,
        keyFrom,
        keyTo,
        totalLen,
        softCap,
        alibiSlopes,
        sinks,
        term,
        byKey,
        keyBits,
        dropout,
        dropoutSeed);
  }

  /**
   * Adds table[b, h, j, column(j - i)] to the score of key j for query i.
   *
   * @param term its table has a row for each key or one for all; null for none
   */
  public AttentionArgs withRelativeByKey(@Nullable RelativeScores term) {
    return new AttentionArgs(
        scale,
        keyFrom,
        keyTo,
        totalLen,
        softCap,
        alibiSlopes,
        sinks,
        byQuery,
        term,
        keyBits,
        dropout,
        dropoutSeed);
  }

  /** Of the keys in its interval a query sees only those whose bit is set; null for all. */
  public AttentionArgs withKeyBits(@Nullable KeyBits bits) {
    return new AttentionArgs(
        scale,
        keyFrom,
        keyTo,
        totalLen,
        softCap,
        alibiSlopes,
        sinks,
        byQuery,
        byKey,
        bits,
        dropout,
        dropoutSeed);
  }

  /** Drops weights with this probability, 0 for none, and divides the others by 1 - p. */
  public AttentionArgs withDropout(float probability, long seed) {
    return new AttentionArgs(
        scale,
        keyFrom,
        keyTo,
        totalLen,
        softCap,
        alibiSlopes,
        sinks,
        byQuery,
        byKey,
        keyBits,
        probability,
        seed);
  }

  @Nullable Tensor byQueryTable() {
    return byQuery == null ? null : byQuery.table();
  }

  @Nullable Tensor byKeyTable() {
    return byKey == null ? null : byKey.table();
  }

  /**
   * Checks that these belong with the queries, keys and values.
   *
   * @throws IllegalArgumentException if something has another shape or type
   */
  void requireFitting(Heads q, Heads k, Heads v) {
    if (q.headDim() != k.headDim()
        || k.numHeads() != v.numHeads()
        || q.numHeads() % k.numHeads() != 0) {
      throw new IllegalArgumentException(
          "attention: queries and keys must be equally wide, keys and values have equally many"
              + " heads, which divide those of queries, got %d x %d, %d x %d and %d x %d"
                  .formatted(
                      q.numHeads(),
                      q.headDim(),
                      k.numHeads(),
                      k.headDim(),
                      v.numHeads(),
                      v.headDim()));
    }
    int B = q.batchSize(), T = q.seqLen(), H = q.numHeads(), S = totalLen;
    if (k.batchSize() != B || v.batchSize() != B || k.seqLen() < S || v.seqLen() < S) {
      throw new IllegalArgumentException(
          "attention: keys and values must be %d sequences of at least %d positions, got %s and %s"
              .formatted(B, S, k.tensor(), v.tensor()));
    }
    keyFrom.requireType(DType.I32).requireShape("attention: keyFrom", B, T);
    keyTo.requireType(DType.I32).requireShape("attention: keyTo", B, T);
    if (!(softCap >= 0)) {
      throw new IllegalArgumentException(
          "attention: softCap must be positive, or 0 for none, got " + softCap);
    }
    if (alibiSlopes != null) {
      alibiSlopes.requireType(DType.F32).requireShape("attention: alibiSlopes", H);
    }
    if (sinks != null) {
      sinks.requireType(DType.F32).requireShape("attention: sinks", H);
    }
    if (byQuery != null) {
      byQuery.requireFitting("scores by query", B, H, T, T, S);
    }
    if (byKey != null) {
      byKey.requireFitting("scores by key", B, H, S, T, S);
    }
    if (keyBits != null) {
      keyBits.requireFitting(B, H, T, S);
    }
  }
}
