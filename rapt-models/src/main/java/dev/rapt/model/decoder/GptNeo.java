package dev.rapt.model.decoder;

import dev.rapt.model.parts.DecoderParts;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.Norm;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.attention.SelfAttention;
import dev.rapt.nn.block.Block;
import dev.rapt.nn.block.PreNormBlock;
import dev.rapt.nn.block.Residual;
import dev.rapt.nn.block.Stack;

/**
 * GPT-Neo. GPT-Neo: Large Scale Autoregressive Language Modeling with Mesh-Tensorflow, Black et al.
 * 2021, doi:10.5281/zenodo.5297715.
 */
public final class GptNeo {
  private final GptNeoConfig config;
  private final DecoderParts parts;

  private GptNeo(GptNeoConfig config) {
    this.config = config;
    parts = DecoderParts.of(config.sizes());
  }

  /** A model with the parameters under {@code transformer} of a checkpoint. */
  public static Backbone build(GptNeoConfig config, ParameterSource source) {
    GptNeo model = new GptNeo(config);
    DecoderParts parts = model.parts;
    return new Stack(
        parts
            .embeddings(source, "wte")
            .withPositions(parts.table(source.at("wpe"), config.maxPositions()), 0)
            .withDropout(config.dropout().embeddings()),
        Stack.blocks(config.numLayers(), source.at("h"), model::block),
        model.norm(source.at("ln_f")));
  }

  /** Attention, then MLP, each on the normalised stream and added to it. */
  private Block block(int layer, ParameterSource source) {
    return new PreNormBlock(
        norm(source.at("ln_1")),
        attention(layer, source.at("attn").at("attention")),
        norm(source.at("ln_2")),
        parts.mlp(source.at("mlp"), "c_fc", config.activation(), "c_proj", true),
        Residual.of(layer, config.dropout().residual()));
  }

  /** Attention over all keys or the last few, with scores as they are. */
  private SelfAttention attention(int layer, ParameterSource source) {
    return new SelfAttention(
        parts.qkv(source, false),
        null,
        parts
            .attention(layer)
            .scaled(1)
            .within(config.windows().get(layer))
            .withDropout(config.dropout().attention()),
        parts.output(source, "out_proj", true));
  }

  private Norm norm(ParameterSource source) {
    return parts.layerNorm(source, config.normEps());
  }
}
