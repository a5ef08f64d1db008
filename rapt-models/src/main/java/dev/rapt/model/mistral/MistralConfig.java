package dev.rapt.model.mistral;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.kernel.Activation;
import dev.rapt.model.config.Activations;
import dev.rapt.model.config.DecoderSizes;
import dev.rapt.model.config.LayerKind;
import dev.rapt.model.config.RopeConfig;
import dev.rapt.model.config.SizedConfig;

/**
 * Mistral: Llama with attention over a window.
 *
 * @param window keys that a query looks back over, itself included; 0 for all
 * @param dropout probability to drop an attention weight, in training
 */
public record MistralConfig(
    DecoderSizes sizes,
    Activation activation,
    float normEps,
    RopeConfig rope,
    int window,
    float dropout)
    implements SizedConfig {

  /** Reads a config.json. */
  public static MistralConfig parse(ConfigReader json) {
    DecoderSizes sizes = DecoderSizes.parse(json, DecoderSizes.Keys.LLAMA, false);
    return new MistralConfig(
        sizes,
        Activations.read(json, "hidden_act", "silu"),
        (float) json.doubleOr("rms_norm_eps", 1e-6),
        RopeConfig.parse(json, sizes.maxPositions()),
        LayerKind.parseWindow(json),
        (float) json.doubleOr("attention_dropout", 0));
  }

  @Override
  public String modelType() {
    return "mistral";
  }
}
