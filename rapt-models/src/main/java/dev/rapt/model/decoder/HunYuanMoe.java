package dev.rapt.model.decoder;

import dev.rapt.kernel.Activation;
import dev.rapt.model.parts.DecoderParts;
import dev.rapt.model.parts.MixtureParts;
import dev.rapt.model.parts.PreNormDecoder;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.mlp.MoeMlp;

/** HunYuan-A13B and its kin. arXiv:2411.02265, section 2. */
public final class HunYuanMoe {
  private HunYuanMoe() {}

  /** A model with the parameters under {@code model} of a checkpoint. */
  public static Backbone build(HunYuanMoeConfig config, ParameterSource source) {
    HunYuanConfig base = config.base();
    DecoderParts parts = DecoderParts.of(config.sizes());
    MixtureParts mixture = new MixtureParts(config.sizes(), config.mixture());
    return PreNormDecoder.of(
            parts,
            norm -> parts.rmsNorm(norm, base.normEps()),
            (layer, block) -> HunYuan.attention(base, parts, layer, block.at("self_attn")),
            (_, block) -> experts(parts, mixture, base.activation(), block.at("mlp")))
        .build(source);
  }

  private static MoeMlp experts(
      DecoderParts parts, MixtureParts mixture, Activation activation, ParameterSource source) {
    return new MoeMlp(
        mixture.router(source.at("gate").at("wg"), false),
        mixture.experts(source.at("experts"), activation),
        parts.gatedMlp(source.at("shared_mlp"), activation, false),
        null);
  }
}
