package dev.rapt.model.decoder;

import dev.rapt.model.config.LayerKind;
import dev.rapt.model.parts.DecoderParts;
import dev.rapt.model.parts.PreNormDecoder;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.Norm;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.attention.SelfAttention;

/** Nemotron-4 and its smaller kin, Minitron. arXiv:2402.16819, section 2. */
public final class Nemotron {
  private final NemotronConfig config;
  private final DecoderParts parts;

  private Nemotron(NemotronConfig config) {
    this.config = config;
    parts = DecoderParts.of(config.sizes());
  }

  /** A model with the parameters under {@code model} of a checkpoint. */
  public static Backbone build(NemotronConfig config, ParameterSource source) {
    return new Nemotron(config).decoder().build(source);
  }

  private PreNormDecoder decoder() {
    return PreNormDecoder.of(
        parts,
        norm -> Norm.LayerNorm.aroundOne(norm, config.hiddenSize(), config.normEps()),
        this::attention,
        (_, layer) ->
            parts.mlp(
                layer.at("mlp"), "up_proj", config.activation(), "down_proj", config.mlpBias()));
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
