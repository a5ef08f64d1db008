package dev.rapt.model.ernie;

import dev.rapt.autograd.expert.ExpertChoice;
import dev.rapt.kernel.Activation;
import dev.rapt.model.parts.DecoderParts;
import dev.rapt.model.parts.MixtureParts;
import dev.rapt.model.parts.PreNormDecoder;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.Init;
import dev.rapt.nn.Layer;
import dev.rapt.nn.MoeMlp;
import dev.rapt.nn.Parameter;
import dev.rapt.nn.ParameterSource;

/** ERNIE 4.5 with experts. ERNIE 4.5 Technical Report, Baidu 2025, section 2. */
public final class Ernie45Moe {
  private final Ernie45MoeConfig config;
  private final DecoderParts parts;
  private final MixtureParts mixture;

  private Ernie45Moe(Ernie45MoeConfig config) {
    this.config = config;
    parts = DecoderParts.of(config.sizes()).interleaved();
    mixture = new MixtureParts(config.sizes(), config.mixture());
  }

  /** A model with the parameters under {@code model} of a checkpoint. */
  public static Backbone build(Ernie45MoeConfig config, ParameterSource source) {
    return new Ernie45Moe(config).decoder().build(source);
  }

  private PreNormDecoder decoder() {
    Ernie45Config base = config.base();
    return PreNormDecoder.of(
        parts,
        norm -> parts.rmsNorm(norm, base.normEps()),
        (layer, source) -> Ernie45.attention(base, parts, layer, source.at("self_attn")),
        (layer, source) -> mlp(layer, source.at("mlp")));
  }

  private Layer mlp(int layer, ParameterSource source) {
    Activation activation = config.base().activation();
    boolean bias = config.base().mlpBias();
    if (!config.sparse().get(layer)) {
      return parts.gatedMlp(source, activation, bias);
    }
    Parameter correction =
        source
            .at("moe_statics")
            .get("e_score_correction_bias", Init.ZEROS, 1, config.mixture().numExperts());
    return new MoeMlp(
        mixture.router(source.at("gate"), ExpertChoice.Score.SOFTMAX, correction),
        mixture.experts(source.at("experts"), activation),
        config.sharedSize() == 0
            ? null
            : mixture.shared(source.at("shared_experts"), config.sharedSize(), activation, bias),
        null);
  }
}
