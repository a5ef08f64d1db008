package dev.rapt.model.granite;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.model.config.DecoderSizes;
import dev.rapt.model.config.HeadRule;
import dev.rapt.model.config.Mixture;
import dev.rapt.model.config.RouterLoss;
import dev.rapt.model.config.SizedConfig;

/** Granite 3 with a mixture of experts in every layer. */
public record GraniteMoeConfig(GraniteConfig base, Mixture mixture) implements SizedConfig {
  /** Reads a config.json. */
  public static GraniteMoeConfig parse(ConfigReader json) {
    return new GraniteMoeConfig(
        GraniteConfig.parse(json), Mixture.parse(json, "intermediate_size", Mixture.SOFTMAX));
  }

  @Override
  public String modelType() {
    return "granitemoe";
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
