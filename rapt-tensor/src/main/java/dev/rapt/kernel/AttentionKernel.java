package dev.rapt.kernel;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * Scaled dot-product attention in tiles with an online softmax: memory grows with the length, not
 * its square. FlashAttention-2, arXiv:2307.08691, algorithms 1 and 2. Query head h reads key-value
 * head h / (H / G), so that multi-head, grouped-query and multi-query attention are one.
 */
public interface AttentionKernel {
  /**
   * Sizes and mask of a call.
   *
   * @param batchSize B
   * @param seqLen T, queries of a sequence
   * @param totalLen S, keys of a sequence
   * @param numHeads H
   * @param numKvHeads G, divides H
   * @param headDim E
   * @param scale factor of q k^T
   * @param keyFrom (B, T) i32, first key that each query sees
   * @param keyTo (B, T) i32, one past the last key that each query sees; a query that sees none has
   *     output 0. Within a sequence keyFrom and keyTo never decrease.
   * @param alibiSlopes (H) f32, or null: adds slope (j - i - (S - T)) to the score of key j for
   *     query i. arXiv:2108.12409
   * @param dropout probability that an attention weight is dropped, the others divided by 1 - p
   * @param dropoutSeed decides by {@link CounterRandom#keep}, with index ((b H + h) T + i) S + j
   */
  record Call(
      int batchSize,
      int seqLen,
      int totalLen,
      int numHeads,
      int numKvHeads,
      int headDim,
      float scale,
      MemorySegment keyFrom,
      MemorySegment keyTo,
      @Nullable MemorySegment alibiSlopes,
      float dropout,
      long dropoutSeed) {}

  /**
   * Number of independent tasks of the forward pass. The division depends on the call's sizes
   * alone, never on the number of threads.
   */
  int forwardTasks(Call call);

  /**
   * Computes tasks [from, to) of the forward pass on the calling thread.
   *
   * @param out (B, T, H, E), written
   * @param logSumExp (B, H, T), written: log of the softmax denominators; -infinity for a query
   *     that sees no key
   * @param q (B, T, H, E)
   * @param k (B, S, G, E)
   * @param v (B, S, G, E)
   */
  void forward(
      Call call,
      HeadView out,
      MemorySegment logSumExp,
      HeadView q,
      HeadView k,
      HeadView v,
      int from,
      int to);

  /** Number of independent tasks of the backward pass. */
  int backwardTasks(Call call);

  /**
   * Computes tasks [from, to) of the backward pass on the calling thread; dQ, dK, dV are
   * overwritten.
   */
  void backward(
      Call call,
      HeadView dQ,
      HeadView dK,
      HeadView dV,
      HeadView dOut,
      HeadView out,
      MemorySegment logSumExp,
      HeadView q,
      HeadView k,
      HeadView v,
      int from,
      int to);
}
