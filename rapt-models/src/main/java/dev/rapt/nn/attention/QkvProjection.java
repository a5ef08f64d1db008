package dev.rapt.nn.attention;

import dev.rapt.autograd.Ops;
import dev.rapt.autograd.attention.Heads;
import dev.rapt.nn.Linear;
import dev.rapt.nn.ParameterSource;
import dev.rapt.tensor.Tensor;
import java.util.List;

/** Queries, keys and values of self-attention, in the layouts that checkpoints have. */
public interface QkvProjection {
  /** Queries (B, T, H, E), keys and values (B, T, G, E). */
  record Qkv(Heads q, Heads k, Heads v) {}

  /** Projects x (B, T, D). */
  Qkv project(Tensor x);

  /** Three layers. */
  record Separate(
      Linear qProj, Linear kProj, Linear vProj, int numHeads, int numKvHeads, int headDim)
      implements QkvProjection {
    /** Layers {@code q_proj}, {@code k_proj} and {@code v_proj} of a checkpoint. */
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
   * One layer whose output is, for each key-value head, the queries that share it, the key and the
   * value: GPT-NeoX, BLOOM and, with more than one query, Falcon.
   */
  record Grouped(Linear qkvProj, int numHeads, int numKvHeads, int headDim)
      implements QkvProjection {
    @Override
    public Qkv project(Tensor x) {
      Tensor qkv = Ops.reorderBlocks(qkvProj.forward(x), queriesFirst());
      return Fused.split(qkv, numHeads, numKvHeads, headDim);
    }

    /** Blocks of the width of a head: all queries, then all keys, then all values. */
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

    /** Queries, keys and values in qkv (B, T, (H + 2 G) E). */
    static Qkv split(Tensor qkv, int numHeads, int numKvHeads, int headDim) {
      long keysFrom = (long) numHeads * headDim;
      long valuesFrom = keysFrom + (long) numKvHeads * headDim;
      return new Qkv(
          new Heads(qkv, 0, numHeads, headDim),
          new Heads(qkv, keysFrom, numKvHeads, headDim),
          new Heads(qkv, valuesFrom, numKvHeads, headDim));
    }
  }

  /** The projections of another, each in a tensor of its own, as norms of heads need them. */
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
   * The projections of another, moved into [-bound, bound]: OLMo, MPT.
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
