package dev.rapt.kernel;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * What {@link AttentionKernel} is asked for, besides queries, keys and values. The score of key j
 * for query i is softCap(scale q k) + bias, over the keys that the mask lets i see; the weights are
 * its softmax, in whose denominator the sink of the head takes part.
 */
public record AttentionCall(Sizes sizes, Mask mask, Scoring scoring, Dropout dropout) {
  /**
   * How much there is of everything.
   *
   * @param batchSize B
   * @param seqLen T, queries of a sequence
   * @param totalLen S, keys of a sequence
   * @param numHeads H, heads of queries
   * @param numKvHeads G, heads of keys and of values; divides H
   * @param headDim E, width of a query and of a key
   * @param valueDim V, width of a value
   */
  public record Sizes(
      int batchSize,
      int seqLen,
      int totalLen,
      int numHeads,
      int numKvHeads,
      int headDim,
      int valueDim) {
    /** H / G, query heads that share a key-value head. */
    public int queriesPerKey() {
      return numHeads / numKvHeads;
    }

    /** Where query i stands among the keys: queries are the last T of S positions. */
    public int position(int i) {
      return i + totalLen - seqLen;
    }
  }

  /**
   * Which keys a query sees: an interval for each. A query that sees none has output 0.
   *
   * @param keyFrom (B, T) i32, first key that each query sees
   * @param keyTo (B, T) i32, one past the last key that each query sees
   */
  public record Mask(MemorySegment keyFrom, MemorySegment keyTo) {}

  /**
   * How the product of a query and a key becomes a score.
   *
   * @param scale factor of q k^T
   * @param softCap c: replaces x by c tanh(x / c), before any bias; 0 for none. Gemma 2,
   *     arXiv:2408.00118, section 2
   * @param alibiSlopes (H) f32, or null: adds slope (j - i - (S - T)) to the score of key j for
   *     query i. arXiv:2108.12409
   * @param sinks (H) f32, or null: a score that joins the softmax denominators of its head and
   *     stands for no key. StreamingLLM, arXiv:2309.17453, section 3.3; gpt-oss, arXiv:2508.10925
   */
  public record Scoring(
      float scale,
      float softCap,
      @Nullable MemorySegment alibiSlopes,
      @Nullable MemorySegment sinks) {
    /** A scale and nothing else. */
    public static Scoring scaled(float scale) {
      return new Scoring(scale, 0, null, null);
    }
  }

  /**
   * Random loss of weights.
   *
   * @param probability that an attention weight is dropped, the others divided by 1 - p
   * @param seed decides by {@link CounterRandom#keep}, with index ((b H + h) T + i) S + j
   */
  public record Dropout(float probability, long seed) {
    /** Every weight is kept. */
    public static final Dropout NONE = new Dropout(0, 0);
  }
}
