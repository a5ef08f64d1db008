package dev.rapt.model.xglm;

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
import dev.rapt.nn.Sinusoids;
import dev.rapt.nn.Stack;

/** XGLM. arXiv:2112.10668. */
public final class Xglm {
  /** The rows of the position table that no token has. */
  private static final int POSITION_OFFSET = 2;

  private static final float NORM_EPS = 1e-5f;

  private final XglmConfig config;
  private final DecoderSizes sizes;

  private Xglm(XglmConfig config) {
    this.config = config;
    sizes = config.sizes();
  }

  /** A model with the parameters under {@code model} of a checkpoint. */
  public static Backbone build(XglmConfig config, ParameterSource source) {
    Xglm model = new Xglm(config);
    DecoderSizes sizes = config.sizes();
    int D = sizes.hiddenSize();
    int rows = sizes.maxPositions() + POSITION_OFFSET;
    return new Stack(
        Embeddings.of(
                Embedding.of(source.at("embed_tokens"), sizes.vocabSize(), D, sizes.initStd()))
            .scaled(config.scaleEmbedding() ? (float) Math.sqrt(D) : 1)
            .withPositions(
                Embedding.fixed(source.constant(Sinusoids.FAIRSEQ.table(rows, D), rows, D)),
                POSITION_OFFSET)
            .withDropout(config.dropout()),
        Stack.blocks(sizes.numLayers(), source.at("layers"), model::block),
        model.norm(source.at("layer_norm")));
  }

  /** Attention, then MLP, each on the normalised stream and added to it. */
  private Block block(int layer, ParameterSource source) {
    return new PreNormBlock(
        norm(source.at("self_attn_layer_norm")),
        attention(layer, source.at("self_attn")),
        norm(source.at("final_layer_norm")),
        mlp(source),
        Residual.of(layer, config.dropout()));
  }

  private SelfAttention attention(int layer, ParameterSource source) {
    int D = sizes.hiddenSize();
    int H = sizes.numHeads();
    int E = sizes.headDim();
    return new SelfAttention(
        QkvProjection.Separate.of(source, D, H, H, E, true, sizes.initStd()),
        null,
        Attention.of(layer, E).withDropout(config.dropout()),
        Linear.of(source.at("out_proj"), D, D, true, sizes.residualStd()));
  }

  private Mlp mlp(ParameterSource source) {
    int D = sizes.hiddenSize();
    int F = sizes.intermediateSize();
    return new Mlp(
        Linear.of(source.at("fc1"), D, F, true, sizes.initStd()),
        config.activation(),
        Linear.of(source.at("fc2"), F, D, true, sizes.residualStd()));
  }

  private Norm norm(ParameterSource source) {
    return Norm.of(Norm.Kind.LAYER, source, sizes.hiddenSize(), NORM_EPS);
  }
}
