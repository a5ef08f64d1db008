package dev.rapt.kernel;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * Scaled dot-product attention in tiles with an online softmax: memory grows linearly with the
 * length, not with its square. FlashAttention-2, arXiv:2307.08691, algorithms 1 and 2. Query head h
 * reads key-value head h / (H / G), which covers multi-head, grouped-query (GQA) and multi-query
 * attention.
 */
public interface AttentionKernel {
  /**
   * Queries, keys and values.
   *
   * @param q (B, T, H, E)
   * @param k (B, S, G, E)
   * @param v (B, S, G, V)
   */
  record Inputs(HeadView q, KeyView k, KeyView v) {
    /**
     * Returns keys or values for the backward pass.
     *
     * @throws IllegalArgumentException if they are in pages, which no gradient flows to
     */
    public static HeadView dense(KeyView keys) {
      if (keys instanceof HeadView dense) {
        return dense;
      }
      throw new IllegalArgumentException(
          "attention: keys and values must not be in pages for a backward pass");
    }
  }

  /**
   * Outputs of the forward pass.
   *
   * @param out (B, T, H, V)
   * @param logSumExp (B, H, T): log-sum-exp of each query's scores, the log of the softmax
   *     denominator, sink included; -infinity if the query sees no key and has no sink
   */
  record Results(HeadView out, MemorySegment logSumExp) {}

  /**
   * Outputs of the backward pass; every element is overwritten.
   *
   * @param dSinks (B, H, T), or null if not needed: contribution of each query to the gradient of
   *     its head's attention sink
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
    /** Returns gradients of queries, keys and values only. */
    public static Gradients plain(HeadView dQ, HeadView dK, HeadView dV) {
      return new Gradients(dQ, dK, dV, null, null, null);
    }
  }

  /**
   * Number of independent tasks of the forward pass. The division depends only on the call's sizes,
   * never on the number of threads.
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
