package dev.rapt.autograd.attention;

/** Heads of keys or of values: in a tensor, or in the pages of a KV cache. */
public sealed interface KeyHeads permits Heads, PagedHeads {
  /** Number of sequences: B. */
  int batchSize();

  /** Positions that there is room for; at least those that are attended to. */
  int seqLen();

  /** Number of heads: G. */
  int numHeads();

  /** Width of a head. */
  int headDim();

  /** As in error messages. */
  String described();
}
