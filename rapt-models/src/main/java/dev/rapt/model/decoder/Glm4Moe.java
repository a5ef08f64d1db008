package dev.rapt.model.decoder;

import dev.rapt.model.config.LayerKind;
import dev.rapt.model.parts.DecoderParts;
import dev.rapt.model.parts.PreNormDecoder;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.attention.HeadNorm;
import dev.rapt.nn.attention.SelfAttention;
import org.jspecify.annotations.Nullable;

/**
 * GLM-4.5, arXiv:2508.06471, section 2.1; dots.llm1, arXiv:2506.05767, section 2; Solar Open,
 * arXiv:2601.07022.
 */
public final class Glm4Moe {
  private final Glm4MoeConfig config;
  private final DecoderParts parts;

  private Glm4Moe(Glm4MoeConfig config) {
    this.config = config;
    parts = DecoderParts.of(config.sizes());
  }

  /** A model with the parameters under {@code model} of a checkpoint. */
  public static Backbone build(Glm4MoeConfig config, ParameterSource source) {
    return new Glm4Moe(config).decoder().build(source);
  }

  private PreNormDecoder decoder() {
    return PreNormDecoder.of(
        parts,
        norm -> parts.rmsNorm(norm, config.normEps()),
        (layer, source) -> attention(layer, source.at("self_attn")),
        (layer, source) ->
            config
                .experts()
                .mlp(layer, source.at("mlp"), config.sizes(), config.activation(), false));
  }

  private SelfAttention attention(int layer, ParameterSource source) {
    LayerKind kind = config.kinds().get(layer);
    return new SelfAttention(
        parts.qkv(source, config.qkvBias()),
        headNorm(source.at("q_norm")),
        headNorm(source.at("k_norm")),
        parts.rope(kind),
        parts.attention(layer, kind).withDropout(config.dropout()),
        parts.output(source, config.outputBias()));
  }

  private @Nullable HeadNorm headNorm(ParameterSource source) {
    return config.headNorms() ? parts.perHeadNorm(source, config.normEps()) : null;
  }
}
