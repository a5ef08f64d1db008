package dev.rapt.model.decoder;

import dev.rapt.model.config.LayerKind;
import dev.rapt.model.parts.DecoderParts;
import dev.rapt.model.parts.PreNormDecoder;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.Norm;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.attention.QkvProjection;
import dev.rapt.nn.attention.SelfAttention;

/** OLMo 1. arXiv:2402.00838, section 2.1. */
public final class Olmo {
  private static final float NORM_EPS = 1e-5f;

  private final OlmoConfig config;
  private final DecoderParts parts;

  private Olmo(OlmoConfig config) {
    this.config = config;
    parts = DecoderParts.of(config.sizes());
  }

  /** A model with the parameters under {@code model} of a checkpoint. */
  public static Backbone build(OlmoConfig config, ParameterSource source) {
    return new Olmo(config).decoder().build(source);
  }

  private PreNormDecoder decoder() {
    return PreNormDecoder.of(
        parts,
        _ -> new Norm.Standardized(NORM_EPS),
        this::attention,
        (_, layer) -> parts.gatedMlp(layer.at("mlp"), config.activation(), false));
  }

  private SelfAttention attention(int layer, ParameterSource source) {
    ParameterSource self = source.at("self_attn");
    LayerKind kind = LayerKind.full(config.rope());
    QkvProjection qkv = parts.qkv(self, config.attentionBias());
    return new SelfAttention(
        config.qkvBound() == 0 ? qkv : new QkvProjection.Clipped(qkv, config.qkvBound()),
        parts.rope(kind),
        parts.attention(layer, kind).withDropout(config.dropout()),
        parts.output(self, config.attentionBias()));
  }
}
