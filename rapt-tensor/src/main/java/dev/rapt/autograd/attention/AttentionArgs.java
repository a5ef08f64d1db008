package dev.rapt.autograd.attention;

import dev.rapt.kernel.AttentionCall;
import dev.rapt.kernel.AttentionCall.RelativeTerm;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * Arguments of attention besides queries, keys and values. {@link #of} creates plain softmax
 * attention, and the {@code with} methods add to it. Queries are taken to be the last T of the S
 * positions, which defines the distance of a query and a key.
 */
public record AttentionArgs(Mask mask, Scoring scoring, AttentionCall.Dropout dropout) {
  /**
   * Attention mask: query i of a sequence sees keys [keyFrom, keyTo). Causal, sliding-window,
   * bidirectional, packed and cross attention, with or without padding, are all such intervals.
   *
   * @param keyFrom (B, T) i32, the first key that each query sees
   * @param keyTo (B, T) i32, one past the last key that each query sees; the result of a query that
   *     sees none is 0
   * @param totalLen S; the keys may be in a KV cache with room for more
   * @param bits see {@link #withKeyBits}
   */
  public record Mask(Tensor keyFrom, Tensor keyTo, int totalLen, @Nullable KeyBits bits) {
    private void requireFitting(Heads q, KeyHeads k, KeyHeads v) {
      int B = q.batchSize(), T = q.seqLen(), S = totalLen;
      if (k.batchSize() != B || v.batchSize() != B || k.seqLen() < S || v.seqLen() < S) {
        throw new IllegalArgumentException(
            "attention: keys and values must be %d sequences of at least %d positions, got %s and %s"
                .formatted(B, S, k.described(), v.described()));
      }
      keyFrom.requireType(DType.I32).requireShape("attention: keyFrom", B, T);
      keyTo.requireType(DType.I32).requireShape("attention: keyTo", B, T);
      if (bits != null) {
        bits.requireFitting(B, q.numHeads(), T, S);
      }
    }
  }

  /**
   * How the product of a query and a key becomes an attention score.
   *
   * @param scale factor of q k^T, usually 1 / sqrt(headDim)
   * @param softCap see {@link #withSoftCap}; 0 for none
   * @param alibiSlopes see {@link #withAlibi}
   * @param sinks see {@link #withSinks}
   * @param byQuery see {@link #withRelativeByQuery}
   * @param byKey see {@link #withRelativeByKey}
   */
  public record Scoring(
      float scale,
      float softCap,
      @Nullable Tensor alibiSlopes,
      @Nullable Tensor sinks,
      @Nullable RelativeScores byQuery,
      @Nullable RelativeScores byKey) {
    private void requireFitting(int B, int H, int T, int S) {
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
    }
  }

  /**
   * Creates plain softmax attention: scaled dot products over intervals of keys; see {@link Mask}
   * and {@link Scoring}.
   */
  public static AttentionArgs of(float scale, Tensor keyFrom, Tensor keyTo, int totalLen) {
    return new AttentionArgs(
        new Mask(keyFrom, keyTo, totalLen, null),
        new Scoring(scale, 0, null, null, null, null),
        AttentionCall.Dropout.NONE);
  }

  private AttentionArgs with(Scoring other) {
    return new AttentionArgs(mask, other, dropout);
  }

  /**
   * Returns a copy with logit soft-capping: scaled dot products x become cap tanh(x / cap) before
   * any bias is added; 0 for none. Gemma 2, arXiv:2408.00118, section 2.
   */
  public AttentionArgs withSoftCap(float cap) {
    Scoring s = scoring;
    return with(new Scoring(s.scale, cap, s.alibiSlopes, s.sinks, s.byQuery, s.byKey));
  }

  /**
   * Returns a copy with ALiBi: adds slope (j - i) to the score of key j for query i. No gradient
   * flows to the slopes. arXiv:2108.12409.
   *
   * @param slopes (H) f32, or null for none
   */
  public AttentionArgs withAlibi(@Nullable Tensor slopes) {
    Scoring s = scoring;
    return with(new Scoring(s.scale, s.softCap, slopes, s.sinks, s.byQuery, s.byKey));
  }

  /**
   * Returns a copy with attention sinks: a learned score of each head takes part in its softmax
   * denominator, but stands for no key. gpt-oss, arXiv:2508.10925.
   *
   * @param scores (H) f32, or null for none
   */
  public AttentionArgs withSinks(@Nullable Tensor scores) {
    Scoring s = scoring;
    return with(new Scoring(s.scale, s.softCap, s.alibiSlopes, scores, s.byQuery, s.byKey));
  }

  /**
   * Returns a copy with a relative position bias by query: adds table[b, h, i, column(j - i)] to
   * the score of key j for query i.
   *
   * @param term its table has a row for each query, or one row for all; null for none
   */
  public AttentionArgs withRelativeByQuery(@Nullable RelativeScores term) {
    Scoring s = scoring;
    return with(new Scoring(s.scale, s.softCap, s.alibiSlopes, s.sinks, term, s.byKey));
  }

  /**
   * Returns a copy with a relative position bias by key: adds table[b, h, j, column(j - i)] to the
   * score of key j for query i.
   *
   * @param term its table has a row for each key, or one row for all; null for none
   */
  public AttentionArgs withRelativeByKey(@Nullable RelativeScores term) {
    Scoring s = scoring;
    return with(new Scoring(s.scale, s.softCap, s.alibiSlopes, s.sinks, s.byQuery, term));
  }

  /**
   * Returns a copy with a sparse mask: of the keys in its interval, a query sees only those whose
   * bit is set; null for all.
   */
  public AttentionArgs withKeyBits(@Nullable KeyBits bits) {
    return new AttentionArgs(
        new Mask(mask.keyFrom, mask.keyTo, mask.totalLen, bits), scoring, dropout);
  }

  /**
   * Returns a copy with attention dropout: drops weights with this probability p, 0 for none, and
   * divides the others by 1 - p.
   */
  public AttentionArgs withDropout(float probability, long seed) {
    return new AttentionArgs(mask, scoring, new AttentionCall.Dropout(probability, seed));
  }

  public @Nullable Tensor byQueryTable() {
    return scoring.byQuery == null ? null : scoring.byQuery.table();
  }

  public @Nullable Tensor byKeyTable() {
    return scoring.byKey == null ? null : scoring.byKey.table();
  }

  /**
   * Checks that these arguments fit the queries, keys and values.
   *
   * @throws IllegalArgumentException if a shape or type does not fit
   */
  public void requireFitting(Heads q, KeyHeads k, KeyHeads v) {
    if (q.headDim() != k.headDim()
        || k.numHeads() != v.numHeads()
        || q.numHeads() % k.numHeads() != 0) {
      throw new IllegalArgumentException(
          "attention: queries and keys must have the same width, keys and values the same number of"
              + " heads, which divides that of queries, got %d x %d, %d x %d and %d x %d"
                  .formatted(
                      q.numHeads(),
                      q.headDim(),
                      k.numHeads(),
                      k.headDim(),
                      v.numHeads(),
                      v.headDim()));
    }
    mask.requireFitting(q, k, v);
    scoring.requireFitting(q.batchSize(), q.numHeads(), q.seqLen(), mask.totalLen);
  }

  /**
   * Returns the call of the kernel.
   *
   * @param byQuery table of the relative position bias by query in f32, or null for none
   * @param byKey table of the relative position bias by key in f32, or null for none
   */
  public AttentionCall call(
      Heads q, KeyHeads k, KeyHeads v, @Nullable Tensor byQuery, @Nullable Tensor byKey) {
    return new AttentionCall(
        new AttentionCall.Sizes(
            q.batchSize(),
            q.seqLen(),
            mask.totalLen,
            q.numHeads(),
            k.numHeads(),
            q.headDim(),
            v.headDim()),
        new AttentionCall.Mask(
            mask.keyFrom.memory(),
            mask.keyTo.memory(),
            mask.bits == null ? null : mask.bits.toKernel()),
        new AttentionCall.Scoring(
            scoring.scale,
            scoring.softCap,
            memory(scoring.alibiSlopes),
            memory(scoring.sinks),
            term(scoring.byQuery, byQuery),
            term(scoring.byKey, byKey)),
        dropout);
  }

  private static @Nullable RelativeTerm term(
      @Nullable RelativeScores scores, @Nullable Tensor wideTable) {
    return scores == null || wideTable == null ? null : scores.term(wideTable);
  }

  private static @Nullable MemorySegment memory(@Nullable Tensor tensor) {
    return tensor == null ? null : tensor.memory();
  }
}
