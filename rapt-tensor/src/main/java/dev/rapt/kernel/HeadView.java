package dev.rapt.kernel;

import java.lang.foreign.MemorySegment;

/**
 * Vectors of several heads at several positions of several sequences, f32: element e of head h at
 * position t of sequence b lies at {@code offset + b * batchStride + t * positionStride + h *
 * headDim + e}. Lets queries, keys and values be read out of one projection (B, T, 3 D), or keys
 * out of a cache with room for more, without a copy.
 *
 * @param memory holds the elements
 * @param offset index of the first element, in elements
 * @param batchStride elements from one sequence to the next
 * @param positionStride elements from one position to the next
 */
public record HeadView(MemorySegment memory, long offset, long batchStride, long positionStride) {
  /** Index of the first element of head h, of width headDim, at position t of sequence b. */
  public long index(long b, long t, long h, long headDim) {
    return offset + b * batchStride + t * positionStride + h * headDim;
  }
}
