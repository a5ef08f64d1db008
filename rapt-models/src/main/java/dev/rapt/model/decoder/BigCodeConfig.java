package dev.rapt.model.decoder;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.kernel.Activation;
import dev.rapt.model.config.Activations;
import dev.rapt.model.config.DecoderSizes;
import dev.rapt.model.config.Dropouts;
import dev.rapt.model.config.SizedConfig;

/**
 * GPT-BigCode (SantaCoder, StarCoder): GPT-2 with one key-value head for all query heads.
 *
 * @param scaleScores whether attention scores are divided by the root of the head's width
 * @param dropout in training
 */
public record BigCodeConfig(
    DecoderSizes sizes, Activation activation, float normEps, boolean scaleScores, Dropouts dropout)
    implements SizedConfig {

  /** Reads a config.json. */
  public static BigCodeConfig parse(ConfigReader json) {
    DecoderSizes sizes = DecoderSizes.parse(json, DecoderSizes.Keys.GPT2, true);
    return new BigCodeConfig(
        json.boolOr("multi_query", true) ? sizes.withNumKvHeads(1) : sizes,
        Activations.read(json, "activation_function", "gelu_pytorch_tanh"),
        json.epsilonOr("layer_norm_epsilon", 1e-5),
        json.boolOr("scale_attn_weights", true),
        Dropouts.parse(json, 0.1));
  }

  @Override
  public String modelType() {
    return "gpt_bigcode";
  }

  @Override
  public String tokenProjection() {
    return "classifier";
  }

  @Override
  public boolean endsAtMaxPositions() {
    return true;
  }
}
