package dev.rapt.model.minimax;

import dev.rapt.autograd.expert.ExpertChoice;
import dev.rapt.model.config.DecoderSizes;
import dev.rapt.model.parts.DecoderParts;
import dev.rapt.model.parts.MixtureParts;
import dev.rapt.model.parts.PreNormDecoder;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.ExpertMlp;
import dev.rapt.nn.Init;
import dev.rapt.nn.MoeMlp;
import dev.rapt.nn.Parameter;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.SelfAttention;

/** MiniMax-M2. MiniMax-M2 model card, MiniMax 2025. */
public final class MiniMaxM2 {
  private final MiniMaxM2Config config;
  private final DecoderSizes sizes;
  private final DecoderParts parts;
  private final MixtureParts mixture;

  private MiniMaxM2(MiniMaxM2Config config) {
    this.config = config;
    sizes = config.sizes();
    parts = DecoderParts.of(sizes);
    mixture = new MixtureParts(sizes, config.mixture());
  }

  /** A model with the parameters under {@code model} of a checkpoint. */
  public static Backbone build(MiniMaxM2Config config, ParameterSource source) {
    return new MiniMaxM2(config).decoder().build(source);
  }

  private PreNormDecoder decoder() {
    return PreNormDecoder.of(
        parts,
        norm -> parts.rmsNorm(norm, config.normEps()),
        (layer, source) -> attention(layer, source.at("self_attn")),
        (_, source) -> experts(source.at("block_sparse_moe")));
  }

  private SelfAttention attention(int layer, ParameterSource source) {
    return new SelfAttention(
        parts.qkv(source, false),
        parts.wholeNorm(source.at("q_norm"), sizes.numHeads(), config.normEps()),
        parts.wholeNorm(source.at("k_norm"), sizes.numKvHeads(), config.normEps()),
        parts.rope(config.rope()),
        parts.attention(layer).withDropout(config.dropout()),
        parts.output(source, false));
  }

  private MoeMlp experts(ParameterSource source) {
    Parameter correction =
        source.get("e_score_correction_bias", Init.ZEROS, config.mixture().numExperts());
    return new MoeMlp(
        mixture.router(source.at("gate"), ExpertChoice.Score.SIGMOID, correction),
        mixture.experts(source.at("experts"), ExpertMlp.Gated.Names.NUMBERED, config.activation()));
  }
}
