package dev.rapt.model.llama;

import dev.rapt.model.config.DecoderSizes;
import dev.rapt.nn.Attention;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.Block;
import dev.rapt.nn.Embedding;
import dev.rapt.nn.Embeddings;
import dev.rapt.nn.GatedMlp;
import dev.rapt.nn.Linear;
import dev.rapt.nn.Norm;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.PreNormBlock;
import dev.rapt.nn.QkvProjection;
import dev.rapt.nn.Residual;
import dev.rapt.nn.Rope;
import dev.rapt.nn.SelfAttention;
import dev.rapt.nn.Stack;

/** Llama 1 to 3. arXiv:2302.13971, arXiv:2307.09288, arXiv:2407.21783. */
public final class Llama {
  private final LlamaConfig config;
  private final DecoderSizes sizes;
  private final Rope rope;

  private Llama(LlamaConfig config) {
    this.config = config;
    sizes = config.sizes();
    rope = config.rope().rope(sizes.headDim(), false);
  }

  /** A model with the parameters under {@code model} of a checkpoint. */
  public static Backbone build(LlamaConfig config, ParameterSource source) {
    Llama llama = new Llama(config);
    DecoderSizes sizes = config.sizes();
    int D = sizes.hiddenSize();
    return new Stack(
        Embeddings.of(
            Embedding.of(source.at("embed_tokens"), sizes.vocabSize(), D, sizes.initStd())),
        Stack.blocks(sizes.numLayers(), source.at("layers"), llama::block),
        Norm.RmsNorm.of(source.at("norm"), D, config.normEps()));
  }

  /** Attention, then gated MLP, each on the normalised stream and added to it. */
  private Block block(int layer, ParameterSource source) {
    int D = sizes.hiddenSize();
    return new PreNormBlock(
        Norm.RmsNorm.of(source.at("input_layernorm"), D, config.normEps()),
        attention(layer, source.at("self_attn")),
        Norm.RmsNorm.of(source.at("post_attention_layernorm"), D, config.normEps()),
        GatedMlp.of(
            source.at("mlp"),
            D,
            sizes.intermediateSize(),
            config.activation(),
            config.mlpBias(),
            sizes.initStd(),
            sizes.residualStd()),
        Residual.of(layer, config.dropout()));
  }

  /** Rotary self-attention; G key-value heads are shared by H query heads. */
  private SelfAttention attention(int layer, ParameterSource source) {
    int D = sizes.hiddenSize();
    int H = sizes.numHeads();
    int E = sizes.headDim();
    boolean bias = config.attentionBias();
    return new SelfAttention(
        QkvProjection.Separate.of(source, D, H, sizes.numKvHeads(), E, bias, sizes.initStd()),
        rope,
        Attention.of(layer, E).withDropout(config.dropout()),
        Linear.of(source.at("o_proj"), (long) H * E, D, bias, sizes.residualStd()));
  }
}
