package dev.rapt.model.decoder;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.kernel.Activation;
import dev.rapt.model.config.Activations;
import dev.rapt.model.config.DecoderSizes;
import dev.rapt.model.config.RopeConfig;
import dev.rapt.model.config.SizedConfig;

/**
 * Persimmon: squared ReLU, layer norms of queries and keys, half of each head rotated.
 *
 * @param headNorms whether each head of queries and keys is normalised
 * @param dropout probability to drop an element of what the MLP adds, in training
 * @param attentionDropout probability to drop an attention weight, in training
 */
public record PersimmonConfig(
    DecoderSizes sizes,
    Activation activation,
    float normEps,
    RopeConfig rope,
    boolean headNorms,
    float dropout,
    float attentionDropout)
    implements SizedConfig {

  /** Reads a config.json. */
  public static PersimmonConfig parse(ConfigReader json) {
    DecoderSizes sizes = DecoderSizes.parse(json, DecoderSizes.Keys.LLAMA, false);
    return new PersimmonConfig(
        sizes,
        Activations.read(json, "hidden_act", "relu2"),
        json.epsilonOr("layer_norm_eps", 1e-5),
        RopeConfig.parsePartial(json, sizes.maxPositions(), 0.5),
        json.boolOr("qk_layernorm", true),
        json.dropoutOr("hidden_dropout", 0),
        json.dropoutOr("attention_dropout", 0));
  }

  @Override
  public String modelType() {
    return "persimmon";
  }
}
