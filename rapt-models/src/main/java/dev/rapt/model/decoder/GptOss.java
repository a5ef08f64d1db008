package dev.rapt.model.decoder;

import dev.rapt.autograd.GateLayout;
import dev.rapt.model.config.DecoderSizes;
import dev.rapt.model.config.LayerKind;
import dev.rapt.model.parts.DecoderParts;
import dev.rapt.model.parts.MixtureParts;
import dev.rapt.model.parts.PreNormDecoder;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.Init;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.attention.SelfAttention;
import dev.rapt.nn.mlp.ExpertLinear;
import dev.rapt.nn.mlp.ExpertMlp;
import dev.rapt.nn.mlp.MoeMlp;

/** gpt-oss. arXiv:2508.10925, section 2. */
public final class GptOss {
  private final GptOssConfig config;
  private final DecoderSizes sizes;
  private final DecoderParts parts;
  private final MixtureParts mixture;

  private GptOss(GptOssConfig config) {
    this.config = config;
    sizes = config.sizes();
    parts = DecoderParts.of(sizes);
    mixture = new MixtureParts(sizes, config.mixture());
  }

  /** A model with the parameters under {@code model} of a checkpoint. */
  public static Backbone build(GptOssConfig config, ParameterSource source) {
    return new GptOss(config).decoder().build(source);
  }

  private PreNormDecoder decoder() {
    return PreNormDecoder.of(
        parts,
        norm -> parts.rmsNorm(norm, config.normEps()),
        (layer, source) -> attention(layer, source.at("self_attn")),
        (_, source) -> experts(source.at("mlp")));
  }

  /** Each head has a learned score that takes weight from the keys. */
  private SelfAttention attention(int layer, ParameterSource source) {
    LayerKind kind = config.kinds().get(layer);
    return new SelfAttention(
        parts.qkv(source, config.attentionBias()),
        parts.rope(kind),
        parts
            .attention(layer, kind)
            .withSinks(source.get("sinks", new Init.Normal(sizes.initStd()), sizes.numHeads()))
            .withDropout(config.dropout()),
        parts.output(source, config.attentionBias()));
  }

  /** Experts are stacked, input-major; gates and values are neighbours. */
  private MoeMlp experts(ParameterSource source) {
    int D = sizes.hiddenSize();
    int F = config.mixture().intermediateSize();
    ParameterSource experts = source.at("experts");
    return new MoeMlp(
        mixture.router(source.at("router"), true),
        new ExpertMlp.Fused(
            stacked(experts, "gate_up_proj", D, 2L * F, sizes.initStd()),
            GateLayout.INTERLEAVED,
            config.gating(),
            stacked(experts, "down_proj", F, D, sizes.residualStd())));
  }

  private ExpertLinear stacked(
      ParameterSource source, String name, long inputSize, long outputSize, double std) {
    int X = config.mixture().numExperts();
    return new ExpertLinear.Stacked(
        source.get(name, new Init.Normal(std), X, inputSize, outputSize),
        true,
        source.get(name + "_bias", Init.ZEROS, X, outputSize));
  }
}
