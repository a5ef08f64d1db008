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
   * Queries, keys and values.
   *
   * @param q (B, T, H, E)
   * @param k (B, S, G, E)
   * @param v (B, S, G, V)
   */
  record Inputs(HeadView q, HeadView k, HeadView v) {}

  /**
   * What the forward pass writes.
   *
   * @param out (B, T, H, V)
   * @param logSumExp (B, H, T): log of the softmax denominators, sinks included; -infinity where
   *     there is no term
   */
  record Results(HeadView out, MemorySegment logSumExp) {}

  /**
   * What the backward pass writes; every element is overwritten.
   *
   * @param dSinks (B, H, T), or null if not needed: what each query adds to the gradient of the
   *     sink of its head
   * @param dByQuery (B, H, numRows, N) for the table by query, or null if not needed
   * @param dByKey (B, H, numRows, N) for the table by key, or null if not needed
   */
  record Gradients(
      HeadView dQ,
      HeadView dK,
      HeadView dV,
      @Nullable MemorySegment dSinks,
      @Nullable MemorySegment dByQuery,
      @Nullable MemorySegment dByKey) {
    /** Gradients of queries, keys and values alone. */
    public static Gradients plain(HeadView dQ, HeadView dK, HeadView dV) {
      return new Gradients(dQ, dK, dV, null, null, null);
    }
  }

  /**
   * Number of independent tasks of the forward pass. The division depends on the call's sizes
   * alone, never on the number of threads.
   */
  int forwardTasks(AttentionCall call);

  /** Computes tasks [from, to) of the forward pass on the calling thread. */
  void forward(AttentionCall call, Inputs x, Results y, int from, int to);

  /** Number of independent tasks of the backward pass. */
  int backwardTasks(AttentionCall call);

  /**
   * Operands of the backward pass.
   *
   * @param y written by the forward pass
   * @param dOut (B, T, H, V)
   * @param gradients written
   */
  record BackwardOperands(Inputs x, Results y, HeadView dOut, Gradients gradients) {}

  /** Computes tasks [from, to) of the backward pass on the calling thread. */
  void backward(AttentionCall call, BackwardOperands operands, int from, int to);
}
