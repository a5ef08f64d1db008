package dev.rapt.model.decoder;

import dev.rapt.model.config.LayerKind;
import dev.rapt.model.parts.DecoderParts;
import dev.rapt.model.parts.MixtureParts;
import dev.rapt.model.parts.PreNormDecoder;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.attention.SelfAttention;
import dev.rapt.nn.mlp.ExpertMlp;
import dev.rapt.nn.mlp.MoeMlp;

/** Phi-3.5-MoE. arXiv:2404.14219, section 2; its router: arXiv:2409.12136. */
public final class PhiMoe {
  private final PhiMoeConfig config;
  private final DecoderParts parts;
  private final MixtureParts mixture;

  private PhiMoe(PhiMoeConfig config) {
    this.config = config;
    parts = DecoderParts.of(config.sizes());
    mixture = new MixtureParts(config.sizes(), config.mixture());
  }

  /** A model with the parameters under {@code model} of a checkpoint. */
  public static Backbone build(PhiMoeConfig config, ParameterSource source) {
    return new PhiMoe(config).decoder().build(source);
  }

  private PreNormDecoder decoder() {
    return PreNormDecoder.of(
        parts,
        norm -> parts.layerNorm(norm, config.normEps()),
        (layer, source) -> attention(layer, source.at("self_attn")),
        (_, source) -> experts(source.at("block_sparse_moe")));
  }

  private SelfAttention attention(int layer, ParameterSource source) {
    LayerKind kind = new LayerKind(config.window(), config.rope());
    return new SelfAttention(
        parts.qkv(source, config.attentionBias()),
        parts.rope(kind),
        parts.attention(layer, kind).withDropout(config.dropout()),
        parts.output(source, config.attentionBias()));
  }

  private MoeMlp experts(ParameterSource source) {
    return new MoeMlp(
        mixture.router(source.at("gate"), false),
        mixture.experts(source.at("experts"), ExpertMlp.Gated.Names.NUMBERED, config.activation()));
  }
}
