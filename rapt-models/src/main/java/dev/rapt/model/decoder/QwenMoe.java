package dev.rapt.model.decoder;

import dev.rapt.kernel.Activation;
import dev.rapt.model.config.DecoderSizes;
import dev.rapt.model.parts.DecoderParts;
import dev.rapt.model.parts.MixtureParts;
import dev.rapt.model.parts.PreNormDecoder;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.Layer;
import dev.rapt.nn.Linear;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.mlp.ExpertMlp;
import dev.rapt.nn.mlp.MoeMlp;
import dev.rapt.nn.mlp.Router;

/** Qwen 1.5, 2 and 3 with experts. arXiv:2407.10671, section 2.2.2; arXiv:2505.09388, section 2. */
public final class QwenMoe {
  private final QwenMoeConfig config;
  private final DecoderSizes sizes;
  private final DecoderParts parts;
  private final MixtureParts mixture;

  private QwenMoe(QwenMoeConfig config) {
    this.config = config;
    sizes = config.sizes();
    parts = DecoderParts.of(sizes);
    mixture = new MixtureParts(sizes, config.mixture());
  }

  /** A model with the parameters under {@code model} of a checkpoint. */
  public static Backbone build(QwenMoeConfig config, ParameterSource source) {
    return new QwenMoe(config).decoder().build(source);
  }

  private PreNormDecoder decoder() {
    QwenConfig base = config.base();
    return PreNormDecoder.of(
        parts,
        norm -> parts.rmsNorm(norm, base.normEps()),
        (layer, source) -> Qwen.attention(base, parts, layer, source.at("self_attn")),
        (layer, source) -> mlp(layer, source.at("mlp")));
  }

  private Layer mlp(int layer, ParameterSource source) {
    QwenConfig base = config.base();
    if (!config.sparse().get(layer)) {
      return parts.gatedMlp(source, base.activation(), false);
    }
    return experts(sizes, mixture, base.activation(), config.sharedSize(), source);
  }

  /**
   * Experts, and beside them the gated one that all tokens share.
   *
   * @param sharedSize width inside the shared expert; 0 for none
   */
  static MoeMlp experts(
      DecoderSizes sizes,
      MixtureParts mixture,
      Activation activation,
      int sharedSize,
      ParameterSource source) {
    Router router = mixture.router(source.at("gate"), false);
    ExpertMlp experts = mixture.experts(source.at("experts"), activation);
    if (sharedSize == 0) {
      return new MoeMlp(router, experts);
    }
    return new MoeMlp(
        router,
        experts,
        mixture.shared(source.at("shared_expert"), sharedSize, activation, false),
        Linear.of(source.at("shared_expert_gate"), sizes.hiddenSize(), 1, false, sizes.initStd()));
  }
}
