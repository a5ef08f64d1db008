package dev.rapt.model.decoder;

import dev.rapt.model.parts.DecoderParts;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.Embedding;
import dev.rapt.nn.Norm;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.Sinusoids;
import dev.rapt.nn.attention.SelfAttention;
import dev.rapt.nn.block.Block;
import dev.rapt.nn.block.PreNormBlock;
import dev.rapt.nn.block.Residual;
import dev.rapt.nn.block.Stack;

/** XGLM, arXiv:2112.10668, and BioGPT, arXiv:2210.10341, section 3. */
public final class Xglm {
  /** The rows of the position table that no token has. */
  private static final int POSITION_OFFSET = 2;

  private static final float NORM_EPS = 1e-5f;

  private final XglmConfig config;
  private final DecoderParts parts;

  private Xglm(XglmConfig config) {
    this.config = config;
    parts = DecoderParts.of(config.sizes());
  }

  /** A model with the parameters under {@code model} or {@code biogpt} of a checkpoint. */
  public static Backbone build(XglmConfig config, ParameterSource source) {
    Xglm model = new Xglm(config);
    int D = config.hiddenSize();
    return new Stack(
            model
                .parts
                .embeddings(source)
                .scaled(config.scaleEmbedding() ? (float) Math.sqrt(D) : 1)
                .withPositions(model.positions(source), POSITION_OFFSET)
                .withDropout(config.dropout()),
            Stack.blocks(config.numLayers(), source.at("layers"), model::block),
            model.norm(source.at("layer_norm")))
        .withLayerDrop(config.layerDrop());
  }

  private Embedding positions(ParameterSource source) {
    int D = config.hiddenSize();
    int rows = config.maxPositions() + POSITION_OFFSET;
    return config.learnedPositions()
        ? parts.table(source.at("embed_positions"), rows)
        : Embedding.fixed(source.constant(Sinusoids.FAIRSEQ.table(rows, D), rows, D));
  }

  /** Attention, then MLP, each on the normalised stream and added to it. */
  private Block block(int layer, ParameterSource source) {
    return new PreNormBlock(
        norm(source.at("self_attn_layer_norm")),
        attention(layer, source.at("self_attn")),
        norm(source.at("final_layer_norm")),
        parts
            .mlp(source, "fc1", config.activation(), "fc2", true)
            .withDropout(layer, config.activationDropout()),
        Residual.of(layer, config.dropout()));
  }

  private SelfAttention attention(int layer, ParameterSource source) {
    return new SelfAttention(
        parts.qkv(source, true),
        null,
        parts.attention(layer).withDropout(config.attentionDropout()),
        parts.output(source, "out_proj", true));
  }

  private Norm norm(ParameterSource source) {
    return parts.layerNorm(source, NORM_EPS);
  }
}
