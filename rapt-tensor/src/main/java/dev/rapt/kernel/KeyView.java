package dev.rapt.kernel;

/**
 * Keys or values that attention reads, one head of one position at a time: in one piece of f32
 * memory, or in the pages of a KV cache.
 */
public sealed interface KeyView permits HeadView, PageView {
  /** Element e of head h, of width headDim, at position t of sequence b. */
  float element(long b, long t, long h, long headDim, long e);
}
