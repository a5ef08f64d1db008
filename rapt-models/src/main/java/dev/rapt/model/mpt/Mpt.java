package dev.rapt.model.mpt;

import dev.rapt.kernel.Activation;
import dev.rapt.model.config.DecoderSizes;
import dev.rapt.nn.Alibi;
import dev.rapt.nn.Attention;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.Block;
import dev.rapt.nn.Embedding;
import dev.rapt.nn.Embeddings;
import dev.rapt.nn.Linear;
import dev.rapt.nn.Mlp;
import dev.rapt.nn.Norm;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.PreNormBlock;
import dev.rapt.nn.QkvProjection;
import dev.rapt.nn.Residual;
import dev.rapt.nn.SelfAttention;
import dev.rapt.nn.Stack;
import dev.rapt.tensor.Tensor;

/** MPT. Introducing MPT-7B, MosaicML 2023, www.mosaicml.com/blog/mpt-7b. */
public final class Mpt {
  private final MptConfig config;
  private final DecoderSizes sizes;
  private final Tensor slopes;

  private Mpt(MptConfig config, ParameterSource source) {
    this.config = config;
    sizes = config.sizes();
    float[] perHead = Alibi.slopes(sizes.numHeads());
    for (int i = 0; i < perHead.length; i++) { // 2^-8i/H becomes 2^-(max i/H)
      perHead[i] = (float) Math.pow(perHead[i], config.alibiBiasMax() / 8.0);
    }
    slopes = source.constant(perHead, perHead.length);
  }

  /** A model with the parameters under {@code transformer} of a checkpoint. */
  public static Backbone build(MptConfig config, ParameterSource source) {
    Mpt model = new Mpt(config, source);
    DecoderSizes sizes = config.sizes();
    return new Stack(
        Embeddings.of(
            Embedding.of(source.at("wte"), sizes.vocabSize(), sizes.hiddenSize(), sizes.initStd())),
        Stack.blocks(sizes.numLayers(), source.at("blocks"), model::block),
        model.norm(source.at("norm_f")));
  }

  /** Attention, then MLP, each on the normalised stream and added to it. */
  private Block block(int layer, ParameterSource source) {
    return new PreNormBlock(
        norm(source.at("norm_1")),
        attention(layer, source.at("attn")),
        norm(source.at("norm_2")),
        mlp(source.at("ffn")),
        Residual.of(layer, config.dropout()));
  }

  /** Attention with linear biases behind one projection. */
  private SelfAttention attention(int layer, ParameterSource source) {
    int D = sizes.hiddenSize();
    int H = sizes.numHeads();
    int E = sizes.headDim();
    return new SelfAttention(
        new QkvProjection.Fused(
            Linear.of(source.at("Wqkv"), D, 3L * D, false, sizes.initStd()), H, H, E),
        null,
        Attention.of(layer, E)
            .scaled(config.scale())
            .withAlibi(slopes)
            .withDropout(config.dropout()),
        Linear.of(source.at("out_proj"), D, D, false, sizes.residualStd()));
  }

  private Norm norm(ParameterSource source) {
    return Norm.LayerNorm.of(source, sizes.hiddenSize(), config.normEps(), false);
  }

  private Mlp mlp(ParameterSource source) {
    int D = sizes.hiddenSize();
    int F = sizes.intermediateSize();
    return new Mlp(
        Linear.of(source.at("up_proj"), D, F, false, sizes.initStd()),
        Activation.GELU,
        Linear.of(source.at("down_proj"), F, D, false, sizes.residualStd()));
  }
}
