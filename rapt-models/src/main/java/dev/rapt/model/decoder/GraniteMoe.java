package dev.rapt.model.decoder;

import dev.rapt.autograd.GateLayout;
import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.kernel.Gating;
import dev.rapt.model.config.DecoderSizes;
import dev.rapt.model.config.HeadRule;
import dev.rapt.model.config.Mixture;
import dev.rapt.model.config.RouterLoss;
import dev.rapt.model.config.SizedConfig;
import dev.rapt.model.family.Family;
import dev.rapt.model.parts.DecoderParts;
import dev.rapt.model.parts.MixtureParts;
import dev.rapt.model.parts.PreNormDecoder;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.Init;
import dev.rapt.nn.Layer;
import dev.rapt.nn.Linear;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.mlp.ExpertLinear;
import dev.rapt.nn.mlp.ExpertMlp;
import dev.rapt.nn.mlp.FusedGatedMlp;
import dev.rapt.nn.mlp.MoeMlp;

/** Granite 3 with experts, whose matrices are stacked. arXiv:2203.03466 (factors), ScatterMoE. */
public final class GraniteMoe {
  /** {@code granitemoe}. */
  public static final Family<Config, Backbone> FAMILY =
      new Family<>(
          "granitemoe", "GraniteMoeForCausalLM", "model", Config::parse, GraniteMoe::build);

  /** {@code granitemoeshared}. */
  public static final Family<Config, Backbone> GRANITEMOESHARED =
      new Family<>(
          "granitemoeshared",
          "GraniteMoeSharedForCausalLM",
          "model",
          Config::parseShared,
          GraniteMoe::build);

  /**
   * Granite 3 with a mixture of experts in every layer.
   *
   * @param sharedSize width inside the MLP beside the experts, which all tokens share; 0 for none
   */
  public record Config(String modelType, Granite.Config base, Mixture mixture, int sharedSize)
      implements SizedConfig {
    /** Reads a config.json. */
    public static Config parse(ConfigReader json) {
      return parse(json, 0);
    }

    /** Reads a config.json with an MLP beside the experts. */
    public static Config parseShared(ConfigReader json) {
      return parse(json, json.intOr("shared_intermediate_size", 0, 0, Integer.MAX_VALUE));
    }

    private static Config parse(ConfigReader json, int sharedSize) {
      return new Config(
          json.requireString("model_type"),
          Granite.Config.parse(json),
          Mixture.parse(json, "intermediate_size", Mixture.SOFTMAX),
          sharedSize);
    }

    @Override
    public DecoderSizes sizes() {
      return base.sizes();
    }

    @Override
    public HeadRule head() {
      return base.head();
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

  private GraniteMoe(Config config) {
    this.config = config;
    sizes = config.sizes();
    parts = DecoderParts.of(sizes);
    mixture = new MixtureParts(sizes, config.mixture());
  }

  /** A model with the parameters under {@code model} of a checkpoint. */
  public static Backbone build(Config config, ParameterSource source) {
    return new GraniteMoe(config).decoder().build(source);
  }

  private PreNormDecoder decoder() {
    Granite.Config base = config.base();
    return PreNormDecoder.of(
            parts,
            norm -> parts.rmsNorm(norm, base.normEps()),
            (layer, source) -> Granite.attention(base, parts, layer, source.at("self_attn")),
            (_, source) -> experts(source))
        .scaled(base.factors().embedding(), base.factors().residual());
  }

  private MoeMlp experts(ParameterSource layer) {
    ParameterSource source = layer.at("block_sparse_moe");
    return new MoeMlp(
        mixture.router(source.at("router").at("layer"), false),
        new ExpertMlp.Fused(
            stacked(
                source.at("input_linear"),
                2L * config.mixture().intermediateSize(),
                sizes.hiddenSize(),
                sizes.initStd()),
            GateLayout.HALVES,
            new Gating.Product(config.base().activation()),
            stacked(
                source.at("output_linear"),
                sizes.hiddenSize(),
                config.mixture().intermediateSize(),
                sizes.residualStd())),
        config.sharedSize() == 0 ? null : shared(layer.at("shared_mlp")),
        null);
  }

  private Layer shared(ParameterSource source) {
    int D = sizes.hiddenSize();
    int F = config.sharedSize();
    return new FusedGatedMlp(
        Linear.of(source.at("input_linear"), D, 2L * F, false, sizes.initStd()),
        config.base().activation(),
        Linear.of(source.at("output_linear"), F, D, false, sizes.residualStd()));
  }

  private ExpertLinear stacked(
      ParameterSource source, long outputSize, long inputSize, double std) {
    int X = config.mixture().numExperts();
    return new ExpertLinear.Stacked(
        source.get("weight", new Init.Normal(std), X, outputSize, inputSize), false, null);
  }
}
