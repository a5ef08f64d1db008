package dev.rapt.model.gptneo;

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

/**
 * GPT-Neo. GPT-Neo: Large Scale Autoregressive Language Modeling with Mesh-Tensorflow, Black et al.
 * 2021, doi:10.5281/zenodo.5297715.
 */
public final class GptNeo {
  private final GptNeoConfig config;
  private final DecoderSizes sizes;

  private GptNeo(GptNeoConfig config) {
    this.config = config;
    sizes = config.sizes();
  }

  /** A model with the parameters under {@code transformer} of a checkpoint. */
  public static Backbone build(GptNeoConfig config, ParameterSource source) {
    GptNeo model = new GptNeo(config);
    DecoderSizes sizes = config.sizes();
    int D = sizes.hiddenSize();
    double std = sizes.initStd();
    return new Stack(
        Embeddings.of(Embedding.of(source.at("wte"), sizes.vocabSize(), D, std))
            .withPositions(Embedding.of(source.at("wpe"), sizes.maxPositions(), D, std), 0)
            .withDropout(config.dropout()),
        Stack.blocks(sizes.numLayers(), source.at("h"), model::block),
        model.norm(source.at("ln_f")));
  }

  /** Attention, then MLP, each on the normalised stream and added to it. */
  private Block block(int layer, ParameterSource source) {
    return new PreNormBlock(
        norm(source.at("ln_1")),
        attention(layer, source.at("attn").at("attention")),
        norm(source.at("ln_2")),
        mlp(source.at("mlp")),
        Residual.of(layer, config.dropout()));
  }

  /** Attention over all keys or the last few, with scores as they are. */
  private SelfAttention attention(int layer, ParameterSource source) {
    int D = sizes.hiddenSize();
    int H = sizes.numHeads();
    int E = sizes.headDim();
    return new SelfAttention(
        QkvProjection.Separate.of(source, D, H, H, E, false, sizes.initStd()),
        null,
        Attention.of(layer, E)
            .scaled(1)
            .within(config.windows().get(layer))
            .withDropout(config.dropout()),
        Linear.of(source.at("out_proj"), D, D, true, sizes.residualStd()));
  }

  private Norm norm(ParameterSource source) {
    return Norm.of(Norm.Kind.LAYER, source, sizes.hiddenSize(), config.normEps());
  }

  private Mlp mlp(ParameterSource source) {
    int D = sizes.hiddenSize();
    int F = sizes.intermediateSize();
    return new Mlp(
        Linear.of(source.at("c_fc"), D, F, true, sizes.initStd()),
        config.activation(),
        Linear.of(source.at("c_proj"), F, D, true, sizes.residualStd()));
  }
}
