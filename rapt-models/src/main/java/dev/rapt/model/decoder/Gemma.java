package dev.rapt.model.decoder;

import dev.rapt.model.config.LayerKind;
import dev.rapt.model.parts.DecoderParts;
import dev.rapt.model.parts.PreNormDecoder;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.attention.SelfAttention;

/** Gemma 1. arXiv:2403.08295, section 2. */
public final class Gemma {
  private final GemmaConfig config;
  private final DecoderParts parts;

  private Gemma(GemmaConfig config) {
    this.config = config;
    parts = DecoderParts.of(config.sizes());
  }

  /** A model with the parameters under {@code model} of a checkpoint. */
  public static Backbone build(GemmaConfig config, ParameterSource source) {
    return new Gemma(config).decoder().build(source);
  }

  private PreNormDecoder decoder() {
    return PreNormDecoder.of(
            parts,
            norm -> parts.rmsNormAroundOne(norm, config.normEps()),
            this::attention,
            (_, layer) -> parts.gatedMlp(layer.at("mlp"), config.activation(), false))
        .scaled(config.embeddingScale(), 1);
  }

  private SelfAttention attention(int layer, ParameterSource source) {
    ParameterSource self = source.at("self_attn");
    LayerKind kind = LayerKind.full(config.rope());
    return new SelfAttention(
        parts.qkv(self, config.attentionBias()),
        parts.rope(kind),
        parts.attention(layer, kind).withDropout(config.dropout()),
        parts.output(self, config.attentionBias()));
  }
}
