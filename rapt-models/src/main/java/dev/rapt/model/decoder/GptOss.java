package dev.rapt.model.decoder;

import dev.rapt.autograd.GateLayout;
import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.kernel.Gating;
import dev.rapt.model.config.DecoderSizes;
import dev.rapt.model.config.LayerKind;
import dev.rapt.model.config.Mixture;
import dev.rapt.model.config.RopeConfig;
import dev.rapt.model.config.RouterLoss;
import dev.rapt.model.config.SizedConfig;
import dev.rapt.model.family.Family;
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
import java.util.List;

/** gpt-oss. arXiv:2508.10925, section 2. */
public final class GptOss {
  /** {@code gpt_oss}. */
  public static final Family<Config, Backbone> FAMILY =
      new Family<>("gpt_oss", "GptOssForCausalLM", "model", Config::parse, GptOss::build);

  /**
   * gpt-oss: attention sinks, windows in every other layer, a mixture of experts with biases and
   * clamped gates in every layer.
   *
   * @param kinds what each layer sees
   * @param attentionBias whether the projections of attention have biases
   * @param gating the inside of an expert
   * @param dropout probability to drop an attention weight, in training
   */
  public record Config(
      DecoderSizes sizes,
      float normEps,
      List<LayerKind> kinds,
      boolean attentionBias,
      Mixture mixture,
      Gating gating,
      float dropout)
      implements SizedConfig {
    private static final float STEEPNESS = 1.702f;

    /** Reads a config.json. */
    public static Config parse(ConfigReader json) {
      DecoderSizes sizes = DecoderSizes.parse(json, DecoderSizes.Keys.LLAMA, false);
      if (json.object("rope_parameters").or(() -> json.object("rope_scaling")).isEmpty()) {
        throw json.error("rope_parameters", "must say how rotations are stretched, but is missing");
      }
      RopeConfig rope = RopeConfig.parse(json, sizes.maxPositions(), 15e4);
      int window = json.intOr("sliding_window", 128, 1, Integer.MAX_VALUE);
      return new Config(
          sizes,
          json.epsilonOr("rms_norm_eps", 1e-5),
          LayerKind.parse(
              json,
              sizes.numLayers(),
              layer -> layer % 2 == 0,
              new LayerKind(window, rope),
              LayerKind.full(rope)),
          json.boolOr("attention_bias", true),
          Mixture.parse(json, "intermediate_size", Mixture.SOFTMAX),
          new Gating.Clamped((float) json.atLeastZeroOr("swiglu_limit", 7), STEEPNESS),
          json.dropoutOr("attention_dropout", 0));
    }

    @Override
    public String modelType() {
      return "gpt_oss";
    }

    @Override
    public RouterLoss routerLoss() {
      return mixture.routerLoss();
    }
  }

  private final Config config;
  private final DecoderSizes sizes;
  private final DecoderParts parts;
  private final MixtureParts mixture;

  private GptOss(Config config) {
    this.config = config;
    sizes = config.sizes();
    parts = DecoderParts.of(sizes);
    mixture = new MixtureParts(sizes, config.mixture());
  }

  /** A model with the parameters under {@code model} of a checkpoint. */
  public static Backbone build(Config config, ParameterSource source) {
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
        parts.oProj(source, config.attentionBias()));
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
