package dev.rapt.model.gpt2;

import dev.rapt.model.config.DecoderSizes;
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

/** GPT-2. Language Models are Unsupervised Multitask Learners, Radford et al. 2019, section 2.3. */
public final class Gpt2 {
  private final Gpt2Config config;
  private final DecoderSizes sizes;

  private Gpt2(Gpt2Config config) {
    this.config = config;
    sizes = config.sizes();
  }

  /** A model with the parameters under {@code transformer} of a checkpoint. */
  public static Backbone build(Gpt2Config config, ParameterSource source) {
    DecoderSizes sizes = config.sizes();
    int D = sizes.hiddenSize();
    double std = sizes.initStd();
    return new Stack(
        Embeddings.of(Embedding.of(source.at("wte"), sizes.vocabSize(), D, std))
            .withPositions(Embedding.of(source.at("wpe"), sizes.maxPositions(), D, std), 0)
            .withDropout(config.dropout()),
        Stack.blocks(sizes.numLayers(), source.at("h"), new Gpt2(config)::block),
        Norm.of(Norm.Kind.LAYER, source.at("ln_f"), D, config.normEps()));
  }

  /** Attention, then MLP, each on the normalised stream and added to it. */
  private Block block(int layer, ParameterSource source) {
    int D = sizes.hiddenSize();
    return new PreNormBlock(
        Norm.of(Norm.Kind.LAYER, source.at("ln_1"), D, config.normEps()),
        attention(layer, source.at("attn")),
        Norm.of(Norm.Kind.LAYER, source.at("ln_2"), D, config.normEps()),
        mlp(source.at("mlp")),
        Residual.of(layer, config.dropout()));
  }

  /** Multi-head attention with one projection to queries, keys and values. */
  private SelfAttention attention(int layer, ParameterSource source) {
    int D = sizes.hiddenSize();
    int H = sizes.numHeads();
    int E = sizes.headDim();
    double scale = config.scaleScores() ? 1 / Math.sqrt(E) : 1;
    return new SelfAttention(
        new QkvProjection.Fused(
            Linear.inputMajor(source.at("c_attn"), D, 3L * D, sizes.initStd()), H, H, E),
        null,
        Attention.of(layer, E)
            .scaled(config.scaleByLayer() ? scale / (layer + 1) : scale)
            .withDropout(config.dropout()),
        Linear.inputMajor(source.at("c_proj"), D, D, sizes.residualStd()));
  }

  private Mlp mlp(ParameterSource source) {
    int D = sizes.hiddenSize();
    int F = sizes.intermediateSize();
    return new Mlp(
        Linear.inputMajor(source.at("c_fc"), D, F, sizes.initStd()),
        config.activation(),
        Linear.inputMajor(source.at("c_proj"), F, D, sizes.residualStd()));
  }
}
