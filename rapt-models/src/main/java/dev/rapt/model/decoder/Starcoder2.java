package dev.rapt.model.decoder;

import dev.rapt.model.config.LayerKind;
import dev.rapt.model.parts.DecoderParts;
import dev.rapt.model.parts.PreNormDecoder;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.attention.SelfAttention;

/** StarCoder 2. arXiv:2402.19173, section 6. */
public final class Starcoder2 {
  private final Starcoder2Config config;
  private final DecoderParts parts;

  private Starcoder2(Starcoder2Config config) {
    this.config = config;
    parts = DecoderParts.of(config.sizes());
  }

  /** A model with the parameters under {@code model} of a checkpoint. */
  public static Backbone build(Starcoder2Config config, ParameterSource source) {
    return new Starcoder2(config).decoder().build(source);
  }

  private PreNormDecoder decoder() {
    return PreNormDecoder.of(
            parts,
            norm -> parts.layerNorm(norm, config.normEps()),
            this::attention,
            (_, layer) ->
                parts.mlp(layer.at("mlp"), "c_fc", config.activation(), "c_proj", config.bias()))
        .withDropout(config.embeddingDropout(), config.residualDropout());
  }

  private SelfAttention attention(int layer, ParameterSource source) {
    ParameterSource self = source.at("self_attn");
    LayerKind kind = new LayerKind(config.window(), config.rope());
    return new SelfAttention(
        parts.qkv(self, config.bias()),
        parts.rope(kind),
        parts.attention(layer, kind).withDropout(config.attentionDropout()),
        parts.output(self, config.bias()));
  }
}
