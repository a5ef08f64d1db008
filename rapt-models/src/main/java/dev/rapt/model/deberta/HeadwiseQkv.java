package dev.rapt.model.deberta;

import dev.rapt.autograd.Ops;
import dev.rapt.autograd.attention.Heads;
import dev.rapt.model.config.EncoderSizes;
import dev.rapt.nn.Init;
import dev.rapt.nn.Parameter;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.QkvProjection;
import dev.rapt.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * One weight (3 D, D) that holds, for each head, the rows of its query, its key and its value; keys
 * have no bias. The first DeBERTa.
 *
 * @param inProj (3 D, D)
 * @param qBias (D)
 * @param vBias (D)
 */
record HeadwiseQkv(Parameter inProj, Parameter qBias, Parameter vBias, int numHeads, int headDim)
    implements QkvProjection {
  private static final int PARTS = 3;

  static HeadwiseQkv of(ParameterSource source, EncoderSizes sizes) {
    long D = sizes.hiddenSize();
    return new HeadwiseQkv(
        source.at("in_proj").get("weight", new Init.Normal(sizes.initStd()), PARTS * D, D),
        source.get("q_bias", Init.ZEROS, D),
        source.get("v_bias", Init.ZEROS, D),
        sizes.numHeads(),
        sizes.headDim());
  }

  @Override
  public Qkv project(Tensor x) {
    return new Qkv(part(x, 0, qBias), part(x, 1, null), part(x, 2, vBias));
  }

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
