package dev.rapt.model.decoder;

import dev.rapt.model.config.LayerKind;
import dev.rapt.model.parts.DecoderParts;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.attention.SelfAttention;
import dev.rapt.nn.block.Block;
import dev.rapt.nn.block.OutputNormBlock;
import dev.rapt.nn.block.Residual;
import dev.rapt.nn.block.Stack;

/** EXAONE 4.0. arXiv:2507.11407, section 2.1. */
public final class Exaone4 {
  private final Exaone4Config config;
  private final DecoderParts parts;

  private Exaone4(Exaone4Config config) {
    this.config = config;
    parts = DecoderParts.of(config.sizes());
  }

  /** A model with the parameters under {@code model} of a checkpoint. */
  public static Backbone build(Exaone4Config config, ParameterSource source) {
    Exaone4 exaone = new Exaone4(config);
    return new Stack(
        exaone.parts.embeddings(source),
        Stack.blocks(config.numLayers(), source.at("layers"), exaone::block),
        exaone.parts.rmsNorm(source.at("norm"), config.normEps()));
  }

  private Block block(int layer, ParameterSource source) {
    return new OutputNormBlock(
        attention(config, parts, layer, source.at("self_attn")),
        parts.rmsNorm(source.at("post_attention_layernorm"), config.normEps()),
        parts.gatedMlp(source.at("mlp"), config.activation(), false),
        parts.rmsNorm(source.at("post_feedforward_layernorm"), config.normEps()),
        Residual.of(layer, 0));
  }

  /** Attention of EXAONE, with or without experts beside it. */
  static SelfAttention attention(
      Exaone4Config config, DecoderParts parts, int layer, ParameterSource source) {
    LayerKind kind = config.kinds().get(layer);
    return new SelfAttention(
        parts.qkv(source, false),
        parts.perHeadNorm(source.at("q_norm"), config.normEps()),
        parts.perHeadNorm(source.at("k_norm"), config.normEps()),
        parts.rope(kind),
        parts.attention(layer, kind).withDropout(config.dropout()),
        parts.output(source, false));
  }
}
