package dev.rapt.model.decoder;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.kernel.Activation;
import dev.rapt.model.config.Activations;
import dev.rapt.model.config.DecoderSizes;
import dev.rapt.model.config.RopeConfig;
import dev.rapt.model.config.SizedConfig;

/**
 * Seed-OSS: Llama with biases on queries, keys and values.
 *
 * @param qkvBias whether queries, keys and values have biases
 * @param outputBias whether the output of attention has one
 * @param mlpBias whether the layers of the MLP have biases
 * @param attentionDropout probability to drop an attention weight, in training
 * @param residualDropout probability to drop an element of what is added to the stream, in training
 */
public record SeedOssConfig(
    DecoderSizes sizes,
    Activation activation,
    float normEps,
    RopeConfig rope,
    boolean qkvBias,
    boolean outputBias,
    boolean mlpBias,
    float attentionDropout,
    float residualDropout)
    implements SizedConfig {

  /** Reads a config.json. */
  public static SeedOssConfig parse(ConfigReader json) {
    DecoderSizes sizes = DecoderSizes.parse(json, DecoderSizes.Keys.LLAMA, false);
    return new SeedOssConfig(
        sizes,
        Activations.read(json, "hidden_act", "silu"),
        json.epsilonOr("rms_norm_eps", 1e-6),
        RopeConfig.parse(json, sizes.maxPositions()),
        json.boolOr("attention_bias", true),
        json.boolOr("attention_out_bias", false),
        json.boolOr("mlp_bias", false),
        json.dropoutOr("attention_dropout", 0.1),
        json.dropoutOr("residual_dropout", 0.1));
  }

  @Override
  public String modelType() {
    return "seed_oss";
  }
}
