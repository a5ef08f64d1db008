package dev.rapt.model.ernie;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.kernel.Activation;
import dev.rapt.model.config.Activations;
import dev.rapt.model.config.DecoderSizes;
import dev.rapt.model.config.RopeConfig;
import dev.rapt.model.config.SizedConfig;

/**
 * ERNIE 4.5: Llama with rotations of neighbours.
 *
 * @param bias whether linear layers have biases
 */
public record Ernie45Config(
    DecoderSizes sizes, Activation activation, float normEps, RopeConfig rope, boolean bias)
    implements SizedConfig {

  /** Reads a config.json. */
  public static Ernie45Config parse(ConfigReader json) {
    DecoderSizes sizes = DecoderSizes.parse(json, DecoderSizes.Keys.LLAMA, true);
    return new Ernie45Config(
        sizes,
        Activations.read(json, "hidden_act", "silu"),
        (float) json.doubleOr("rms_norm_eps", 1e-5),
        RopeConfig.parse(json, sizes.maxPositions(), 5e5),
        json.boolOr("use_bias", false));
  }

  @Override
  public String modelType() {
    return "ernie4_5";
  }
}
