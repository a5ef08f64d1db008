package dev.rapt.model.decoder;

import dev.rapt.model.parts.DecoderParts;
import dev.rapt.model.parts.PreNormDecoder;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.attention.SelfAttention;

/** HunYuan 0.5B to 7B. arXiv:2411.02265, section 2, without experts. */
public final class HunYuan {
  private HunYuan() {}

  /** A model with the parameters under {@code model} of a checkpoint. */
  public static Backbone build(HunYuanConfig config, ParameterSource source) {
    DecoderParts parts = DecoderParts.of(config.sizes());
    return PreNormDecoder.of(
            parts,
            norm -> parts.rmsNorm(norm, config.normEps()),
            (layer, block) -> attention(config, parts, layer, block.at("self_attn")),
            (_, block) -> parts.gatedMlp(block.at("mlp"), config.activation(), false))
        .build(source);
  }

  /** Attention whose queries and keys are rotated first, then normalised. */
  static SelfAttention attention(
      HunYuanConfig config, DecoderParts parts, int layer, ParameterSource self) {
    return new SelfAttention(
        parts.qkv(self, config.attentionBias()),
        parts.perHeadNorm(self.at("query_layernorm"), config.normEps()),
        parts.perHeadNorm(self.at("key_layernorm"), config.normEps()),
        parts.rope(config.rope()),
        parts.attention(layer).withDropout(config.dropout()),
        parts.output(self, config.attentionBias()),
        true);
  }
}
