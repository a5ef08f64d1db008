package dev.rapt.model.decoder;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.model.config.DecoderSizes;
import dev.rapt.model.config.Mixture;
import dev.rapt.model.config.RouterLoss;
import dev.rapt.model.config.SizedConfig;

/** Mixtral: Mistral with a mixture of experts in every layer. */
public record MixtralConfig(MistralConfig base, Mixture mixture) implements SizedConfig {
  /** Reads a config.json. */
  public static MixtralConfig parse(ConfigReader json) {
    return new MixtralConfig(
        MistralConfig.parseMixtral(json),
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
