package dev.rapt.model.decoder;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.kernel.Activation;
import dev.rapt.model.config.Activations;
import dev.rapt.model.config.DecoderSizes;
import dev.rapt.model.config.HeadRule;
import dev.rapt.model.config.RopeConfig;
import dev.rapt.model.config.SizedConfig;

/**
 * nanochat: norms without weights, squared ReLU without gate, bounded logits.
 *
 * @param attentionBias whether the projections of attention have biases
 * @param logitCap bound of logits; 0 for none
 * @param dropout probability to drop an attention weight, in training
 */
public record NanoChatConfig(
    DecoderSizes sizes,
    Activation activation,
    float normEps,
    RopeConfig rope,
    boolean attentionBias,
    float logitCap,
    float dropout)
    implements SizedConfig {

  /** Reads a config.json. */
  public static NanoChatConfig parse(ConfigReader json) {
    DecoderSizes sizes = DecoderSizes.parse(json, DecoderSizes.Keys.LLAMA, false);
    return new NanoChatConfig(
        sizes,
        Activations.read(json, "hidden_act", "relu2"),
        json.epsilonOr("rms_norm_eps", 1e-6),
        RopeConfig.parse(json, sizes.maxPositions()),
        json.boolOr("attention_bias", false),
        (float) json.doubleOr("final_logit_softcapping", 0),
        json.dropoutOr("attention_dropout", 0));
  }

  @Override
  public String modelType() {
    return "nanochat";
  }

  @Override
  public HeadRule head() {
    return HeadRule.PLAIN.capped(logitCap);
  }
}
