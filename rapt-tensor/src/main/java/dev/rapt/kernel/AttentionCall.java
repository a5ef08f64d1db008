package dev.rapt.kernel;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * Parameters of {@link AttentionKernel} besides queries, keys and values. The score of key j for
 * query i is softCap(scale q k) + bias, for the keys that the mask lets query i see. The attention
 * weights are the softmax of the scores, with the attention sink of the head in the denominator.
 */
public record AttentionCall(Sizes sizes, Mask mask, Scoring scoring, Dropout dropout) {
  /**
   * Sizes of all operands.
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

    /** Position of query i among the keys: queries are the last T of S positions. */
    public int position(int i) {
      return i + totalLen - seqLen;
    }
  }

  /**
   * Attention mask: a query sees the keys of an interval, or those of them that the bits select.
   * The output of a query that sees no key is 0.
   *
   * @param keyFrom (B, T) i32, first key that each query sees
   * @param keyTo (B, T) i32, one past the last key that each query sees
   * @param bits sparse mask of the keys within the interval, or null for all
   */
  public record Mask(MemorySegment keyFrom, MemorySegment keyTo, @Nullable KeyBits bits) {}

  /**
   * Sparse attention mask with a bit for each query and key, key j in bit j % 64 of word j / 64 of
   * a row: (1 or B, 1 or H, T, {@link #words}) i64. Tiles without a set bit are skipped.
   *
   * @param batchStride words from one sequence to the next, 0 if all share the same
   * @param headStride words from one head to the next, 0 if all share the same
   */
  public record KeyBits(MemorySegment words, long batchStride, long headStride) {
    /** Number of words in a row for this many keys. */
    public static int words(int totalLen) {
      return (totalLen + 63) / 64;
    }

    /** Index of the first word of query i of head h of sequence b. */
    public long row(Sizes sizes, int b, int h, int i) {
      return b * batchStride + h * headStride + (long) i * words(sizes.totalLen);
    }

    /** Bits of keys [from, to), at most 64, the first in the lowest place, of the row at index. */
    public long get(long row, int from, int to) {
      int shift = from % 64;
      long index = row + from / 64;
      long bits = words.getAtIndex(JAVA_LONG_UNALIGNED, index) >>> shift;
      if (shift + to - from > 64) {
        bits |= words.getAtIndex(JAVA_LONG_UNALIGNED, index + 1) << (64 - shift);
      }
      return to - from == 64 ? bits : bits & ((1L << (to - from)) - 1);
    }
  }

  /**
   * How the product of a query and a key becomes an attention score.
   *
   * @param scale factor of q k^T
   * @param softCap the soft cap c: replaces x by c tanh(x / c) before any bias is added; 0 for
   *     none. Gemma 2, arXiv:2408.00118, section 2
   * @param alibiSlopes slopes of ALiBi (H) f32, or null: adds slope (j - i - (S - T)) to the score
   *     of key j for query i. arXiv:2108.12409
   * @param sinks attention sinks (H) f32, or null: a score that takes part in the softmax
   *     denominators of its head and stands for no key. StreamingLLM, arXiv:2309.17453, section
   *     3.3; gpt-oss, arXiv:2508.10925
   * @param byQuery relative position bias with rows by query; null for none
   * @param byKey relative position bias with rows by key; null for none
   */
  public record Scoring(
      float scale,
      float softCap,
      @Nullable MemorySegment alibiSlopes,
      @Nullable MemorySegment sinks,
      @Nullable RelativeTerm byQuery,
      @Nullable RelativeTerm byKey) {
    /** Returns scores that are only scaled. */
    public static Scoring scaled(float scale) {
      return new Scoring(scale, 0, null, null, null, null);
    }
  }

  /**
   * Relative position bias, a learned term that is added to scores by the distance of key and
   * query: element column(j - {@link Sizes#position}(i)) of the row of query i, or of key j, in a
   * table of rows of N. Shaw et al., arXiv:1803.02155; T5, arXiv:1910.10683; DeBERTa,
   * arXiv:2006.03654, section 3.1.
   *
   * @param table (1 or B, H, numRows, N) f32
   * @param batchStride elements from one sequence to the next, 0 if all share the same
   * @param numRows T or S, or 1 where all queries, or keys, share a row
   * @param numColumns N
   * @param columns i32: the column of distance d is at index d + origin; defined for all distances
   *     that occur, from 1 - S to T - 1
   * @param origin index of distance 0
   */
  public record RelativeTerm(
      MemorySegment table,
      long batchStride,
      int numRows,
      int numColumns,
      MemorySegment columns,
      int origin) {
    /** Whether all queries, or keys, share a row. */
    public boolean isShared() {
      return numRows == 1;
    }

    /** The column of a distance. */
    public int column(int distance) {
      return columns.getAtIndex(JAVA_INT_UNALIGNED, (long) distance + origin);
    }

    /** Index in the table of the row of a query, or key, of head h of sequence b. */
    public long row(int b, int h, int i) {
      return b * batchStride + ((long) h * numRows + (isShared() ? 0 : i)) * numColumns;
    }

    /** Index of the same row in the gradient, (B, H, numRows, N). */
    public long gradientRow(Sizes sizes, int b, int h, int i) {
      long head = (long) b * sizes.numHeads() + h;
      return (head * numRows + (isShared() ? 0 : i)) * numColumns;
    }
  }

  /**
   * Attention dropout, applied to the weights.
   *
   * @param probability p that an attention weight is dropped; the others are divided by 1 - p
   * @param seed decides by {@link CounterRandom#keep}, with index ((b H + h) T + i) S + j
   */
  public record Dropout(float probability, long seed) {
    /** No dropout. */
    public static final Dropout NONE = new Dropout(0, 0);
  }
}
