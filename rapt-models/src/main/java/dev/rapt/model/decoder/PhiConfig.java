package dev.rapt.model.decoder;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.kernel.Activation;
import dev.rapt.model.config.Activations;
import dev.rapt.model.config.DecoderSizes;
import dev.rapt.model.config.Dropouts;
import dev.rapt.model.config.HeadRule;
import dev.rapt.model.config.RopeConfig;
import dev.rapt.model.config.SizedConfig;

/**
 * Phi 1, 1.5 and 2: rotary positions on part of each head, attention and MLP side by side.
 *
 * @param rope the rotation, of half of each head unless the file says otherwise
 * @param headNorms whether queries and keys are normalised, head by head
 * @param dropout in training
 */
public record PhiConfig(
    DecoderSizes sizes,
    Activation activation,
    float normEps,
    RopeConfig rope,
    boolean headNorms,
    Dropouts dropout)
    implements SizedConfig {

  /** Reads a config.json. */
  public static PhiConfig parse(ConfigReader json) {
    DecoderSizes sizes = DecoderSizes.parse(json, DecoderSizes.Keys.LLAMA, false);
    return new PhiConfig(
        sizes,
        Activations.read(json, "hidden_act", "gelu_new"),
        json.epsilonOr("layer_norm_eps", 1e-5),
        RopeConfig.parsePartial(json, sizes.maxPositions(), 0.5),
        json.boolOr("qk_layernorm", false),
        Dropouts.parse(json, "embd_pdrop", "resid_pdrop", "attention_dropout", 0));
  }

  @Override
  public String modelType() {
    return "phi";
  }

  @Override
  public HeadRule head() {
    return HeadRule.PLAIN.withBias();
  }
}
