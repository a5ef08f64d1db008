package dev.rapt.model.decoder;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.kernel.Activation;
import dev.rapt.model.config.Activations;
import dev.rapt.model.config.DecoderSizes;
import dev.rapt.model.config.RopeConfig;
import dev.rapt.model.config.SizedConfig;

/**
 * ERNIE 4.5 and Helium: Llama with rotations of neighbours.
 *
 * @param qkvBias whether queries, keys and values have biases
 * @param outputBias whether the output of attention has one
 * @param mlpBias whether the layers of the MLP have biases
 * @param dropout probability to drop an attention weight, in training
 */
public record Ernie45Config(
    String modelType,
    DecoderSizes sizes,
    Activation activation,
    float normEps,
    RopeConfig rope,
    boolean qkvBias,
    boolean outputBias,
    boolean mlpBias,
    float dropout)
    implements SizedConfig {

  /** Reads a config.json of ERNIE 4.5. */
  public static Ernie45Config parseErnie(ConfigReader json) {
    DecoderSizes sizes = DecoderSizes.parse(json, DecoderSizes.Keys.LLAMA, true);
    boolean bias = json.boolOr("use_bias", false);
    RopeConfig rope = RopeConfig.parse(json, sizes.maxPositions(), 5e5);
    return parse(json, sizes, 1e-5, rope, bias, bias, bias, 0);
  }

  /** Reads a config.json of Helium. */
  public static Ernie45Config parseHelium(ConfigReader json) {
    DecoderSizes sizes = DecoderSizes.parse(json, DecoderSizes.Keys.LLAMA, false);
    RopeConfig rope = RopeConfig.parse(json, sizes.maxPositions(), 1e5);
    return parse(
        json,
        sizes,
        1e-8,
        rope,
        json.boolOr("attention_bias", false),
        false,
        json.boolOr("mlp_bias", false),
        json.dropoutOr("attention_dropout", 0));
  }

  private static Ernie45Config parse(
      ConfigReader json,
      DecoderSizes sizes,
      double defaultEps,
      RopeConfig rope,
      boolean qkvBias,
      boolean outputBias,
      boolean mlpBias,
      float dropout) {
    return new Ernie45Config(
        json.requireString("model_type"),
        sizes,
        Activations.read(json, "hidden_act", "silu"),
        json.epsilonOr("rms_norm_eps", defaultEps),
        rope,
        qkvBias,
        outputBias,
        mlpBias,
        dropout);
  }
}
