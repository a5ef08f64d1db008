package dev.rapt.nn.attention;

import dev.rapt.autograd.Ops;
import dev.rapt.autograd.attention.Heads;
import dev.rapt.nn.Init;
import dev.rapt.nn.Parameter;
import dev.rapt.nn.ParameterSource;
import dev.rapt.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * A fused QKV projection whose output rows are, for each head, its query, its key and its value.
 * Keys have no bias. DeBERTa v1.
 *
 * @param inProj (3 D, D)
 * @param qBias (D)
 * @param vBias (D)
 * @param numHeads H
 * @param headDim E
 */
public record HeadwiseQkv(
    Parameter inProj, Parameter qBias, Parameter vBias, int numHeads, int headDim)
    implements QkvProjection {
  private static final int PARTS = 3;

  /** Parameters {@code in_proj.weight}, {@code q_bias} and {@code v_bias} of a checkpoint. */
  public static HeadwiseQkv of(ParameterSource source, int numHeads, int headDim, double std) {
    long D = (long) numHeads * headDim;
    return new HeadwiseQkv(
        source.at("in_proj").get("weight", new Init.Normal(std), PARTS * D, D),
        source.get("q_bias", Init.ZEROS, D),
        source.get("v_bias", Init.ZEROS, D),
        numHeads,
        headDim);
  }

  @Override
  public Qkv project(Tensor x) {
    return new Qkv(part(x, 0, qBias), part(x, 1, null), part(x, 2, vBias));
  }

  /** Queries, keys or values (B, T, H, E): the product with their rows of the weight. */
  private Heads part(Tensor x, int part, @Nullable Parameter bias) {
    int[] rows = new int[numHeads * headDim];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = (i / headDim * PARTS + part) * headDim + i % headDim;
    }
    Tensor weight = Ops.embedding(inProj.compute(), x.scope().ints(rows, rows.length)); // (D, D)
    Tensor y = Ops.linear(x, weight, bias == null ? null : bias.value(), false);
    return Heads.of(y, numHeads, headDim);
  }
}
