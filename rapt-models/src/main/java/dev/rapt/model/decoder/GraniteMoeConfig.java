package dev.rapt.model.decoder;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.model.config.DecoderSizes;
import dev.rapt.model.config.HeadRule;
import dev.rapt.model.config.Mixture;
import dev.rapt.model.config.RouterLoss;
import dev.rapt.model.config.SizedConfig;

/**
 * Granite 3 with a mixture of experts in every layer.
 *
 * @param sharedSize width inside the MLP beside the experts, which all tokens share; 0 for none
 */
public record GraniteMoeConfig(
    String modelType, GraniteConfig base, Mixture mixture, int sharedSize) implements SizedConfig {
  /** Reads a config.json. */
  public static GraniteMoeConfig parse(ConfigReader json) {
    return parse(json, 0);
  }

  /** Reads a config.json with an MLP beside the experts. */
  public static GraniteMoeConfig parseShared(ConfigReader json) {
    return parse(json, json.intOr("shared_intermediate_size", 0, 0, Integer.MAX_VALUE));
  }

  private static GraniteMoeConfig parse(ConfigReader json, int sharedSize) {
    return new GraniteMoeConfig(
        json.requireString("model_type"),
        GraniteConfig.parse(json),
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
