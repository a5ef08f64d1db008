package dev.rapt.model.decoder;

import dev.rapt.model.parts.DecoderParts;
import dev.rapt.model.parts.PreNormDecoder;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.attention.SelfAttention;

/**
 * ERNIE 4.5 without experts, ERNIE 4.5 Technical Report, Baidu 2025; Helium, Kyutai 2025,
 * huggingface.co/kyutai/helium-1-2b.
 */
public final class Ernie45 {
  private final Ernie45Config config;
  private final DecoderParts parts;

  private Ernie45(Ernie45Config config) {
    this.config = config;
    parts = DecoderParts.of(config.sizes()).interleaved();
  }

  /** A model with the parameters under {@code model} of a checkpoint. */
  public static Backbone build(Ernie45Config config, ParameterSource source) {
    return new Ernie45(config).decoder().build(source);
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

  /** Attention with or without experts beside it. */
  static SelfAttention attention(
      Ernie45Config config, DecoderParts parts, int layer, ParameterSource self) {
    return new SelfAttention(
        parts.qkv(self, config.qkvBias()),
        parts.rope(config.rope()),
        parts.attention(layer).withDropout(config.dropout()),
        parts.output(self, config.outputBias()));
  }
}
