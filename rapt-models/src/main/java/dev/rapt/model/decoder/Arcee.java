package dev.rapt.model.decoder;

import dev.rapt.model.parts.DecoderParts;
import dev.rapt.model.parts.PreNormDecoder;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.attention.SelfAttention;

/** Arcee Foundation Models. Announcing Arcee Foundation Models, Arcee AI 2025. */
public final class Arcee {
  private final ArceeConfig config;
  private final DecoderParts parts;

  private Arcee(ArceeConfig config) {
    this.config = config;
    parts = DecoderParts.of(config.sizes());
  }

  /** A model with the parameters under {@code model} of a checkpoint. */
  public static Backbone build(ArceeConfig config, ParameterSource source) {
    return new Arcee(config).decoder().build(source);
  }

  private PreNormDecoder decoder() {
    return PreNormDecoder.of(
        parts,
        norm -> parts.rmsNorm(norm, config.normEps()),
        (layer, source) -> attention(layer, source.at("self_attn")),
        (_, source) ->
            parts.mlp(
                source.at("mlp"), "up_proj", config.activation(), "down_proj", config.mlpBias()));
  }

  private SelfAttention attention(int layer, ParameterSource self) {
    return new SelfAttention(
        parts.qkv(self, config.attentionBias()),
        parts.rope(config.rope()),
        parts.attention(layer).withDropout(config.dropout()),
        parts.output(self, config.attentionBias()));
  }
}
