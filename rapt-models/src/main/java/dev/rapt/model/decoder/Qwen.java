package dev.rapt.model.decoder;

import dev.rapt.model.config.LayerKind;
import dev.rapt.model.parts.DecoderParts;
import dev.rapt.model.parts.PreNormDecoder;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.attention.SelfAttention;

/**
 * Qwen 2, 2.5 and 3 without experts. arXiv:2407.10671, section 2.2.1; arXiv:2505.09388, section 2.
 */
public final class Qwen {
  private final QwenConfig config;
  private final DecoderParts parts;

  private Qwen(QwenConfig config) {
    this.config = config;
    parts = DecoderParts.of(config.sizes());
  }

  /** A model with the parameters under {@code model} of a checkpoint. */
  public static Backbone build(QwenConfig config, ParameterSource source) {
    return new Qwen(config).decoder().build(source);
  }

  private PreNormDecoder decoder() {
    return PreNormDecoder.of(
        parts,
        norm -> parts.rmsNorm(norm, config.normEps()),
        this::attention,
        (_, layer) -> parts.gatedMlp(layer.at("mlp"), config.activation(), false));
  }

  private SelfAttention attention(int layer, ParameterSource source) {
    return attention(config, parts, layer, source.at("self_attn"));
  }

  /** Attention of Qwen 2 or 3, with or without experts beside it. */
  public static SelfAttention attention(
      QwenConfig config, DecoderParts parts, int layer, ParameterSource self) {
    LayerKind kind = config.kinds().get(layer);
    return new SelfAttention(
        parts.qkv(self, config.qkvBias()),
        config.headNorms() ? parts.perHeadNorm(self.at("q_norm"), config.normEps()) : null,
        config.headNorms() ? parts.perHeadNorm(self.at("k_norm"), config.normEps()) : null,
        parts.rope(kind),
        parts.attention(layer, kind).withDropout(config.dropout()),
        parts.output(self, config.outputBias()));
  }
}
