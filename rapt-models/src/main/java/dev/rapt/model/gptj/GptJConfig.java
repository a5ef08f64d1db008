package dev.rapt.model.gptj;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.kernel.Activation;
import dev.rapt.model.config.Activations;
import dev.rapt.model.config.DecoderSizes;
import dev.rapt.model.config.Dropouts;
import dev.rapt.model.config.HeadRule;
import dev.rapt.model.config.SizedConfig;

/**
 * GPT-J: rotary positions on part of each head, attention and MLP side by side.
 *
 * @param rotaryDim how many elements of a head are rotated
 * @param dropout in training
 */
public record GptJConfig(
    DecoderSizes sizes, Activation activation, float normEps, int rotaryDim, Dropouts dropout)
    implements SizedConfig {

  /** Reads a config.json. */
  public static GptJConfig parse(ConfigReader json) {
    DecoderSizes sizes = DecoderSizes.parse(json, DecoderSizes.Keys.GPT2, false);
    return new GptJConfig(
        sizes,
        Activations.read(json, "activation_function", "gelu_new"),
        json.epsilonOr("layer_norm_epsilon", 1e-5),
        json.intOr("rotary_dim", sizes.headDim(), 2, sizes.headDim()),
        Dropouts.parse(json, 0));
  }

  @Override
  public String modelType() {
    return "gptj";
  }

  @Override
  public HeadRule head() {
    return HeadRule.PLAIN.withBias();
  }
}
