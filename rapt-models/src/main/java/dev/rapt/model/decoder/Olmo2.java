package dev.rapt.model.decoder;

import dev.rapt.model.config.DecoderSizes;
import dev.rapt.model.config.LayerKind;
import dev.rapt.model.parts.DecoderParts;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.attention.SelfAttention;
import dev.rapt.nn.block.Block;
import dev.rapt.nn.block.OutputNormBlock;
import dev.rapt.nn.block.Residual;
import dev.rapt.nn.block.Stack;

/** OLMo 2 and 3. arXiv:2501.00656, section 2.1; Olmo 3, Ai2 2025. */
public final class Olmo2 {
  private final Olmo2Config config;
  private final DecoderSizes sizes;
  private final DecoderParts parts;

  private Olmo2(Olmo2Config config) {
    this.config = config;
    sizes = config.sizes();
    parts = DecoderParts.of(sizes);
  }

  /** A model with the parameters under {@code model} of a checkpoint. */
  public static Backbone build(Olmo2Config config, ParameterSource source) {
    Olmo2 olmo = new Olmo2(config);
    return new Stack(
        olmo.parts.embeddings(source),
        Stack.blocks(config.numLayers(), source.at("layers"), olmo::block),
        olmo.parts.rmsNorm(source.at("norm"), config.normEps()));
  }

  private Block block(int layer, ParameterSource source) {
    return new OutputNormBlock(
        attention(layer, source.at("self_attn")),
        parts.rmsNorm(source.at("post_attention_layernorm"), config.normEps()),
        parts.gatedMlp(source.at("mlp"), config.activation(), false),
        parts.rmsNorm(source.at("post_feedforward_layernorm"), config.normEps()),
        Residual.of(layer, 0));
  }

  private SelfAttention attention(int layer, ParameterSource source) {
    LayerKind kind = config.kinds().get(layer);
    return new SelfAttention(
        parts.qkv(source, config.attentionBias()),
        parts.wholeNorm(source.at("q_norm"), sizes.numHeads(), config.normEps()),
        parts.wholeNorm(source.at("k_norm"), sizes.numKvHeads(), config.normEps()),
        parts.rope(kind),
        parts.attention(layer, kind).withDropout(config.dropout()),
        parts.output(source, config.attentionBias()));
  }
}
