package dev.rapt.model.decoder;

import dev.rapt.model.parts.DecoderParts;
import dev.rapt.model.parts.PreNormDecoder;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.attention.SelfAttention;

/** Seed-OSS. Seed-OSS Open-Source Models, ByteDance Seed 2025. */
public final class SeedOss {
  private final SeedOssConfig config;
  private final DecoderParts parts;

  private SeedOss(SeedOssConfig config) {
    this.config = config;
    parts = DecoderParts.of(config.sizes());
  }

  /** A model with the parameters under {@code model} of a checkpoint. */
  public static Backbone build(SeedOssConfig config, ParameterSource source) {
    return new SeedOss(config).decoder().build(source);
  }

  private PreNormDecoder decoder() {
    return PreNormDecoder.of(
            parts,
            norm -> parts.rmsNorm(norm, config.normEps()),
            this::attention,
            (_, layer) -> parts.gatedMlp(layer.at("mlp"), config.activation(), config.mlpBias()))
        .withDropout(0, config.residualDropout());
  }

  private SelfAttention attention(int layer, ParameterSource source) {
    ParameterSource self = source.at("self_attn");
    return new SelfAttention(
        parts.qkv(self, config.qkvBias()),
        parts.rope(config.rope()),
        parts.attention(layer).withDropout(config.attentionDropout()),
        parts.output(self, config.outputBias()));
  }
}
