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

/** GPT-BigCode: SantaCoder, StarCoder. arXiv:2301.03988, arXiv:2305.06161. */
public final class BigCode {
  private final BigCodeConfig config;
  private final DecoderSizes sizes;

  private BigCode(BigCodeConfig config) {
    this.config = config;
    sizes = config.sizes();
  }

  /** A model with the parameters under {@code transformer} of a checkpoint. */
  public static Backbone build(BigCodeConfig config, ParameterSource source) {
    BigCode model = new BigCode(config);
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
        attention(layer, source.at("attn")),
        norm(source.at("ln_2")),
        mlp(source.at("mlp")),
        Residual.of(layer, config.dropout()));
  }

  /** Multi-query attention; with a key-value head for each query head these lie together. */
  private SelfAttention attention(int layer, ParameterSource source) {
    int D = sizes.hiddenSize();
    int H = sizes.numHeads();
    int G = sizes.numKvHeads();
    int E = sizes.headDim();
    Linear qkv = Linear.of(source.at("c_attn"), D, (H + 2L * G) * E, true, sizes.initStd());
    Attention attention = Attention.of(layer, E).withDropout(config.dropout());
    return new SelfAttention(
        G == 1 ? new QkvProjection.Fused(qkv, H, G, E) : new QkvProjection.Grouped(qkv, H, G, E),
        null,
        config.scaleScores() ? attention : attention.scaled(1),
        Linear.of(source.at("c_proj"), D, D, true, sizes.residualStd()));
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
