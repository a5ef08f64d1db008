package dev.rapt.model.decoder;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.kernel.Activation;
import dev.rapt.model.config.Activations;
import dev.rapt.model.config.DecoderSizes;
import dev.rapt.model.config.Mixture;
import dev.rapt.model.config.RopeConfig;
import dev.rapt.model.config.RouterLoss;
import dev.rapt.model.config.SizedConfig;

/**
 * OLMoE and FlexOlmo: norms of all queries and all keys, a mixture of experts in every layer.
 *
 * @param attentionBias whether the projections of attention have biases
 * @param dropout probability to drop an attention weight, in training
 */
public record OlmoeConfig(
    String modelType,
    DecoderSizes sizes,
    Activation activation,
    float normEps,
    RopeConfig rope,
    boolean attentionBias,
    Mixture mixture,
    float dropout)
    implements SizedConfig {

  /** Reads a config.json. */
  public static OlmoeConfig parse(ConfigReader json) {
    if (json.has("clip_qkv")) {
      throw json.error("clip_qkv", "must be null in OLMoE, got " + json.requireDouble("clip_qkv"));
    }
    DecoderSizes sizes = DecoderSizes.parse(json, DecoderSizes.Keys.LLAMA, false);
    return new OlmoeConfig(
        json.requireString("model_type"),
        sizes,
        Activations.read(json, "hidden_act", "silu"),
        json.epsilonOr("rms_norm_eps", 1e-5),
        RopeConfig.parse(json, sizes.maxPositions()),
        json.boolOr("attention_bias", false),
        Mixture.parse(json, "intermediate_size", Mixture.parseSoftmax(json)),
        json.dropoutOr("attention_dropout", 0));
  }

  @Override
  public RouterLoss routerLoss() {
    return mixture.routerLoss();
  }
}
