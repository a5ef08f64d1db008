package dev.rapt.model.decoder;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.kernel.Activation;
import dev.rapt.model.config.Activations;
import dev.rapt.model.config.DecoderSizes;
import dev.rapt.model.config.RopeConfig;
import dev.rapt.model.config.SizedConfig;

/**
 * Arcee: Llama whose MLP has no gate and a squared ReLU.
 *
 * @param attentionBias whether the projections of attention have biases
 * @param mlpBias whether the layers of the MLP have biases
 * @param dropout probability to drop an attention weight, in training
 */
public record ArceeConfig(
    DecoderSizes sizes,
    Activation activation,
    float normEps,
    RopeConfig rope,
    boolean attentionBias,
    boolean mlpBias,
    float dropout)
    implements SizedConfig {

  /** Reads a config.json. */
  public static ArceeConfig parse(ConfigReader json) {
    DecoderSizes sizes = DecoderSizes.parse(json, DecoderSizes.Keys.LLAMA, false);
    return new ArceeConfig(
        sizes,
        Activations.read(json, "hidden_act", "relu2"),
        json.epsilonOr("rms_norm_eps", 1e-5),
        RopeConfig.parse(json, sizes.maxPositions()),
        json.boolOr("attention_bias", false),
        json.boolOr("mlp_bias", false),
        json.dropoutOr("attention_dropout", 0));
  }

  @Override
  public String modelType() {
    return "arcee";
  }
}
