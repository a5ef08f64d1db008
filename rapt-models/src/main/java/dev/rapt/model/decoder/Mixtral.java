package dev.rapt.model.decoder;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.model.config.DecoderSizes;
import dev.rapt.model.config.Mixture;
import dev.rapt.model.config.RouterLoss;
import dev.rapt.model.config.SizedConfig;
import dev.rapt.model.family.Family;
import dev.rapt.model.parts.DecoderParts;
import dev.rapt.model.parts.MixtureParts;
import dev.rapt.model.parts.PreNormDecoder;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.mlp.ExpertMlp;
import dev.rapt.nn.mlp.MoeMlp;

/** Mixtral. arXiv:2401.04088, section 2. */
public final class Mixtral {
  /** {@code mixtral}. */
  public static final Family<Config, Backbone> FAMILY =
      new Family<>("mixtral", "MixtralForCausalLM", "model", Config::parse, Mixtral::build);

  /** Mixtral: Mistral with a mixture of experts in every layer. */
  public record Config(Mistral.Config base, Mixture mixture) implements SizedConfig {
    /** Reads a config.json. */
    public static Config parse(ConfigReader json) {
      return new Config(
          Mistral.Config.parseMixtral(json),
          Mixture.parse(json, "intermediate_size", Mixture.SOFTMAX));
    }

    @Override
    public String modelType() {
      return "mixtral";
    }

    @Override
    public DecoderSizes sizes() {
      return base.sizes();
    }

    @Override
    public RouterLoss routerLoss() {
      return mixture.routerLoss();
    }
  }

  private final Config config;
  private final DecoderParts parts;
  private final MixtureParts mixture;

  private Mixtral(Config config) {
    this.config = config;
    parts = DecoderParts.of(config.sizes());
    mixture = new MixtureParts(config.sizes(), config.mixture());
  }

  /** A model with the parameters under {@code model} of a checkpoint. */
  public static Backbone build(Config config, ParameterSource source) {
    return new Mixtral(config).decoder().build(source);
  }

  private PreNormDecoder decoder() {
    Mistral.Config base = config.base();
    return PreNormDecoder.of(
        parts,
        norm -> parts.rmsNorm(norm, base.normEps()),
        (layer, source) -> Mistral.attention(base, parts, layer, source.at("self_attn")),
        (_, source) -> experts(source.at("block_sparse_moe")));
  }

  private MoeMlp experts(ParameterSource source) {
    return new MoeMlp(
        mixture.router(source.at("gate"), false),
        mixture.experts(
            source.at("experts"), ExpertMlp.Gated.Names.NUMBERED, config.base().activation()));
  }
}
