package dev.rapt.model.decoder;

import dev.rapt.model.config.LayerKind;
import dev.rapt.model.parts.DecoderParts;
import dev.rapt.model.parts.PreNormDecoder;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.attention.SelfAttention;

/** SmolLM3. Every fourth layer knows no positions: arXiv:2501.18795. */
public final class SmolLm3 {
  private final SmolLm3Config config;
  private final DecoderParts parts;

  private SmolLm3(SmolLm3Config config) {
    this.config = config;
    parts = DecoderParts.of(config.sizes());
  }

  /** A model with the parameters under {@code model} of a checkpoint. */
  public static Backbone build(SmolLm3Config config, ParameterSource source) {
    return new SmolLm3(config).decoder().build(source);
  }

  private PreNormDecoder decoder() {
    return PreNormDecoder.of(
        parts,
        norm -> parts.rmsNorm(norm, config.normEps()),
        this::attention,
        (_, layer) -> parts.gatedMlp(layer.at("mlp"), config.activation(), config.mlpBias()));
  }

  private SelfAttention attention(int layer, ParameterSource source) {
    ParameterSource self = source.at("self_attn");
    LayerKind kind = config.kinds().get(layer);
    return new SelfAttention(
        parts.qkv(self, config.attentionBias()),
        parts.rope(kind),
        parts.attention(layer, kind).withDropout(config.dropout()),
        parts.output(self, config.attentionBias()));
  }
}
