package dev.rapt.model.gptj;

import dev.rapt.autograd.Ops;
import dev.rapt.autograd.attention.Heads;
import dev.rapt.model.config.DecoderSizes;
import dev.rapt.nn.Linear;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.QkvProjection;
import dev.rapt.tensor.Tensor;
import java.util.List;

/**
 * One layer whose output is, for each of four shards, its queries, its values and its keys. The
 * shards are the cores that CodeGen was trained on.
 */
record ShardedQkv(Linear qkvProj, int numHeads, int headDim) implements QkvProjection {
  static final int NUM_SHARDS = 4;

  /** Queries, then keys, then values of all shards. */
  private static final List<Integer> TOGETHER = List.of(0, 3, 6, 9, 2, 5, 8, 11, 1, 4, 7, 10);

  static ShardedQkv of(ParameterSource source, DecoderSizes sizes) {
    int D = sizes.hiddenSize();
    return new ShardedQkv(
        Linear.of(source, D, 3L * D, false, sizes.initStd()), sizes.numHeads(), sizes.headDim());
  }

  @Override
  public Qkv project(Tensor x) {
    Tensor qkv = Ops.reorderBlocks(qkvProj.forward(x), TOGETHER);
    long width = (long) numHeads * headDim;
    return new Qkv(
        new Heads(qkv, 0, numHeads, headDim),
        new Heads(qkv, width, numHeads, headDim),
        new Heads(qkv, 2 * width, numHeads, headDim));
  }
}
