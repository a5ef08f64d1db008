package dev.rapt.kernel;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;

import java.lang.foreign.MemorySegment;

/**
 * Strided f32 view of attention heads: element e of head h at position t of sequence b is at index
 * {@code offset + b * batchStride + t * positionStride + h * headDim + e}. Queries, keys and values
 * can be read from one projection (B, T, 3 D), or keys from a KV cache with room for more, without
 * a copy.
 *
 * @param memory holds the elements
 * @param offset index of the first element, in elements
 * @param batchStride elements from one sequence to the next
 * @param positionStride elements from one position to the next
 */
public record HeadView(MemorySegment memory, long offset, long batchStride, long positionStride)
    implements KeyView {
  /** Index of the first element of head h, of width headDim, at position t of sequence b. */
  public long index(long b, long t, long h, long headDim) {
    return offset + b * batchStride + t * positionStride + h * headDim;
  }

  @Override
  public float element(long b, long t, long h, long headDim, long e) {
    return memory.getAtIndex(JAVA_FLOAT_UNALIGNED, index(b, t, h, headDim) + e);
  }
}
