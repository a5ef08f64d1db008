package dev.rapt.nn.attention;

import dev.rapt.autograd.Ops;
import dev.rapt.autograd.attention.Heads;
import dev.rapt.nn.Linear;
import dev.rapt.nn.ParameterSource;
import dev.rapt.tensor.Tensor;
import java.util.List;

/**
 * Projections to queries, keys and values of self-attention, in the layouts that checkpoints use.
 */
public interface QkvProjection {
  /** Queries (B, T, H, E), keys and values (B, T, G, E). */
  record Qkv(Heads q, Heads k, Heads v) {}

  /** Projects x (B, T, D) to queries, keys and values. */
  Qkv project(Tensor x);

  /** Three layers, one each for queries, keys and values. */
  record Separate(
      Linear qProj, Linear kProj, Linear vProj, int numHeads, int numKvHeads, int headDim)
      implements QkvProjection {
    /**
     * Creates the projections from {@code q_proj}, {@code k_proj} and {@code v_proj} of a source.
     */
    public static Separate of(
        ParameterSource source,
        long hiddenSize,
        int numHeads,
        int numKvHeads,
        int headDim,
        boolean hasBias,
        double std) {
      long queryWidth = (long) numHeads * headDim;
      long keyWidth = (long) numKvHeads * headDim;
      return new Separate(
          Linear.of(source.at("q_proj"), hiddenSize, queryWidth, hasBias, std),
          Linear.of(source.at("k_proj"), hiddenSize, keyWidth, hasBias, std),
          Linear.of(source.at("v_proj"), hiddenSize, keyWidth, hasBias, std),
          numHeads,
          numKvHeads,
          headDim);
    }

    @Override
    public Qkv project(Tensor x) {
      return new Qkv(
          Heads.of(qProj.forward(x), numHeads, headDim),
          Heads.of(kProj.forward(x), numKvHeads, headDim),
          Heads.of(vProj.forward(x), numKvHeads, headDim));
    }
  }

  /**
   * One layer whose output is grouped by key-value head: the queries that share the head, its key,
   * its value. GPT-NeoX and BLOOM with one query per group, Falcon with several.
   */
  record Grouped(Linear qkvProj, int numHeads, int numKvHeads, int headDim)
      implements QkvProjection {
    @Override
    public Qkv project(Tensor x) {
      Tensor qkv = Ops.reorderBlocks(qkvProj.forward(x), queriesFirst());
      return Fused.split(qkv, numHeads, numKvHeads, headDim);
    }

    /**
     * Returns the order of blocks, each as wide as a head, that puts queries first, then keys, then
     * values.
     */
    private List<Integer> queriesFirst() {
      int queriesPerKey = numHeads / numKvHeads;
      Integer[] order = new Integer[numHeads + 2 * numKvHeads];
      for (int g = 0; g < numKvHeads; g++) {
        int first = g * (queriesPerKey + 2);
        for (int i = 0; i < queriesPerKey; i++) {
          order[g * queriesPerKey + i] = first + i;
        }
        order[numHeads + g] = first + queriesPerKey;
        order[numHeads + numKvHeads + g] = first + queriesPerKey + 1;
      }
      return List.of(order);
    }
  }

  /** One layer whose output is all queries, then all keys, then all values. */
  record Fused(Linear qkvProj, int numHeads, int numKvHeads, int headDim) implements QkvProjection {
    @Override
    public Qkv project(Tensor x) {
      return split(qkvProj.forward(x), numHeads, numKvHeads, headDim);
    }

    /** Returns views of queries, keys and values in qkv (B, T, (H + 2 G) E). */
    static Qkv split(Tensor qkv, int numHeads, int numKvHeads, int headDim) {
      long keysFrom = (long) numHeads * headDim;
      long valuesFrom = keysFrom + (long) numKvHeads * headDim;
      return new Qkv(
          new Heads(qkv, 0, numHeads, headDim),
          new Heads(qkv, keysFrom, numKvHeads, headDim),
          new Heads(qkv, valuesFrom, numKvHeads, headDim));
    }
  }

  /**
   * Another projection whose queries, keys and values are copied into a tensor each, as QK-norm
   * needs them.
   */
  record Unfused(QkvProjection projection) implements QkvProjection {
    @Override
    public Qkv project(Tensor x) {
      Qkv qkv = projection.project(x);
      return new Qkv(unfused(qkv.q()), unfused(qkv.k()), unfused(qkv.v()));
    }

    private static Heads unfused(Heads x) {
      long width = (long) x.numHeads() * x.headDim();
      return Heads.of(Ops.columns(x.tensor(), x.from(), width), x.numHeads(), x.headDim());
    }
  }

  /**
   * Another projection whose results are clipped to [-bound, bound]: OLMo, MPT.
   *
   * @param projection whose queries, keys and values are clipped
   */
  record Clipped(QkvProjection projection, float bound) implements QkvProjection {
    @Override
    public Qkv project(Tensor x) {
      Qkv qkv = projection.project(x);
      Heads q = qkv.q();
      Heads k = qkv.k();
      Heads v = qkv.v();
      Tensor queries = Ops.clip(q.tensor(), bound);
      Tensor keys = k.tensor() == q.tensor() ? queries : Ops.clip(k.tensor(), bound);
      Tensor values = v.tensor() == q.tensor() ? queries : Ops.clip(v.tensor(), bound);
      return new Qkv(q.in(queries), k.in(keys), v.in(values));
    }
  }
}
