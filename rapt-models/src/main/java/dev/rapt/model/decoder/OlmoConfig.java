package dev.rapt.model.decoder;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.kernel.Activation;
import dev.rapt.model.config.Activations;
import dev.rapt.model.config.DecoderSizes;
import dev.rapt.model.config.RopeConfig;
import dev.rapt.model.config.SizedConfig;

/**
 * OLMo 1: Llama with layer norms that have no weights.
 *
 * @param attentionBias whether the projections of attention have biases
 * @param qkvBound largest magnitude of queries, keys and values; 0 for no bound
 * @param dropout probability to drop an attention weight, in training
 */
public record OlmoConfig(
    DecoderSizes sizes,
    Activation activation,
    RopeConfig rope,
    boolean attentionBias,
    float qkvBound,
    float dropout)
    implements SizedConfig {

  /** Reads a config.json. */
  public static OlmoConfig parse(ConfigReader json) {
    DecoderSizes sizes = DecoderSizes.parse(json, DecoderSizes.Keys.LLAMA, false);
    return new OlmoConfig(
        sizes,
        Activations.read(json, "hidden_act", "silu"),
        RopeConfig.parse(json, sizes.maxPositions()),
        json.boolOr("attention_bias", false),
        (float) json.atLeastZeroOr("clip_qkv", 0),
        json.dropoutOr("attention_dropout", 0));
  }

  @Override
  public String modelType() {
    return "olmo";
  }
}
