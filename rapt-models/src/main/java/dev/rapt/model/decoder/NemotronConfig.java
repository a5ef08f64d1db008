package dev.rapt.model.decoder;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.kernel.Activation;
import dev.rapt.model.config.Activations;
import dev.rapt.model.config.DecoderSizes;
import dev.rapt.model.config.RopeConfig;
import dev.rapt.model.config.SizedConfig;

/**
 * Nemotron: layer norms with weights around one, squared ReLU, part of each head rotated.
 *
 * @param attentionBias whether the projections of attention have biases
 * @param mlpBias whether the layers of the MLP have biases
 * @param dropout probability to drop an attention weight, in training
 */
public record NemotronConfig(
    DecoderSizes sizes,
    Activation activation,
    float normEps,
    RopeConfig rope,
    boolean attentionBias,
    boolean mlpBias,
    float dropout)
    implements SizedConfig {

  /** Reads a config.json. */
  public static NemotronConfig parse(ConfigReader json) {
    DecoderSizes sizes = DecoderSizes.parse(json, DecoderSizes.Keys.LLAMA, false);
    return new NemotronConfig(
        sizes,
        Activations.read(json, "hidden_act", "relu2"),
        json.epsilonOr("norm_eps", 1e-5),
        RopeConfig.parsePartial(json, sizes.maxPositions(), 0.5),
        json.boolOr("attention_bias", false),
        json.boolOr("mlp_bias", false),
        json.dropoutOr("attention_dropout", 0));
  }

  @Override
  public String modelType() {
    return "nemotron";
  }
}
