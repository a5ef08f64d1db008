package dev.rapt.model.decoder;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.kernel.Activation;
import dev.rapt.model.config.Activations;
import dev.rapt.model.config.DecoderSizes;
import dev.rapt.model.config.Dropouts;
import dev.rapt.model.config.SizedConfig;

/**
 * GPT: learned positions, a norm after each sum.
 *
 * @param dropout in training
 */
public record GptConfig(DecoderSizes sizes, Activation activation, float normEps, Dropouts dropout)
    implements SizedConfig {
  private static final DecoderSizes.Keys KEYS =
      new DecoderSizes.Keys("n_embd", "n_layer", "n_head", "", "", "", "n_positions");

  /** Reads a config.json. */
  public static GptConfig parse(ConfigReader json) {
    String name = json.stringOr("afn", "gelu");
    return new GptConfig(
        DecoderSizes.parse(json, KEYS, true),
        Activations.named(json, "afn", name.equals("gelu") ? "gelu_new" : name),
        json.epsilonOr("layer_norm_epsilon", 1e-5),
        Dropouts.parse(json, 0.1));
  }

  @Override
  public String modelType() {
    return "openai-gpt";
  }

  @Override
  public boolean endsAtMaxPositions() {
    return true;
  }
}
