package dev.rapt.model.decoder;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.kernel.Activation;
import dev.rapt.model.config.Activations;
import dev.rapt.model.config.DecoderSizes;
import dev.rapt.model.config.RopeConfig;
import dev.rapt.model.config.SizedConfig;

/**
 * GLM-4: neighbours rotated in half of each head, a fused gate; norms around attention and MLP
 * since April 2025.
 *
 * @param qkvBias whether queries, keys and values have biases
 * @param dropout probability to drop an attention weight, in training
 */
public record Glm4Config(
    String modelType,
    DecoderSizes sizes,
    Activation activation,
    float normEps,
    RopeConfig rope,
    boolean qkvBias,
    float dropout)
    implements SizedConfig {

  /** Reads a config.json. */
  public static Glm4Config parse(ConfigReader json) {
    DecoderSizes sizes = DecoderSizes.parse(json, DecoderSizes.Keys.LLAMA, false);
    return new Glm4Config(
        json.requireString("model_type"),
        sizes,
        Activations.read(json, "hidden_act", "silu"),
        json.epsilonOr("rms_norm_eps", 1.5625e-7),
        RopeConfig.parsePartial(json, sizes.maxPositions(), 0.5),
        json.boolOr("attention_bias", true),
        json.dropoutOr("attention_dropout", 0));
  }
}
