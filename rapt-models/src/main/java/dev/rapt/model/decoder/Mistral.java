package dev.rapt.model.decoder;

import dev.rapt.model.config.LayerKind;
import dev.rapt.model.parts.DecoderParts;
import dev.rapt.model.parts.PreNormDecoder;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.attention.SelfAttention;

/**
 * Mistral 7B and its successors, arXiv:2310.06825, section 2; Code World Model, arXiv:2510.02387,
 * section 3.
 */
public final class Mistral {
  private final MistralConfig config;
  private final DecoderParts parts;

  private Mistral(MistralConfig config) {
    this.config = config;
    parts = DecoderParts.of(config.sizes());
  }

  /** A model with the parameters under {@code model} of a checkpoint. */
  public static Backbone build(MistralConfig config, ParameterSource source) {
    return new Mistral(config).decoder().build(source);
  }

  private PreNormDecoder decoder() {
    return PreNormDecoder.of(
        parts,
        norm -> parts.rmsNorm(norm, config.normEps()),
        this::attention,
        (_, layer) -> parts.gatedMlp(layer.at("mlp"), config.activation(), config.mlpBias()));
  }

  private SelfAttention attention(int layer, ParameterSource source) {
    return attention(config, parts, layer, source.at("self_attn"));
  }

  /** Attention of Mistral, with or without experts beside it. */
  static SelfAttention attention(
      MistralConfig config, DecoderParts parts, int layer, ParameterSource self) {
    LayerKind kind = config.kinds().get(layer);
    return new SelfAttention(
        parts.qkv(self, false),
        parts.rope(kind),
        parts
            .attention(layer, kind)
            .withTemperature(config.temperature())
            .withDropout(config.dropout()),
        parts.output(self, false));
  }
}
