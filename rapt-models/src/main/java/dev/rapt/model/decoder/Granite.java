package dev.rapt.model.decoder;

import dev.rapt.model.config.LayerKind;
import dev.rapt.model.parts.DecoderParts;
import dev.rapt.model.parts.PreNormDecoder;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.attention.SelfAttention;

/**
 * Granite 3 without experts. Its factors are those of maximal update parametrisation:
 * arXiv:2203.03466.
 */
public final class Granite {
  private final GraniteConfig config;
  private final DecoderParts parts;

  private Granite(GraniteConfig config) {
    this.config = config;
    parts = DecoderParts.of(config.sizes());
  }

  /** A model with the parameters under {@code model} of a checkpoint. */
  public static Backbone build(GraniteConfig config, ParameterSource source) {
    return new Granite(config).decoder().build(source);
  }

  private PreNormDecoder decoder() {
    return PreNormDecoder.of(
            parts,
            norm -> parts.rmsNorm(norm, config.normEps()),
            this::attention,
            (_, layer) -> parts.gatedMlp(layer.at("mlp"), config.activation(), config.mlpBias()))
        .scaled(config.factors().embedding(), config.factors().residual());
  }

  private SelfAttention attention(int layer, ParameterSource source) {
    return attention(config, parts, layer, source.at("self_attn"));
  }

  /** Attention of Granite, with or without experts beside it. */
  public static SelfAttention attention(
      GraniteConfig config, DecoderParts parts, int layer, ParameterSource self) {
    LayerKind kind = LayerKind.full(config.rope());
    return new SelfAttention(
        parts.qkv(self, config.attentionBias()),
        parts.rope(kind),
        parts
            .attention(layer, kind)
            .scaled(config.factors().attention())
            .withDropout(config.dropout()),
        parts.output(self, config.attentionBias()));
  }
}
