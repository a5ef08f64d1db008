package dev.rapt.model.gpt2;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.kernel.Activation;
import dev.rapt.model.config.Activations;
import dev.rapt.model.config.DecoderSizes;
import dev.rapt.model.config.SizedConfig;

/**
 * GPT-BigCode (SantaCoder, StarCoder): GPT-2 with one key-value head for all query heads.
 *
 * @param scaleScores whether attention scores are divided by the root of the head's width
 * @param dropout probability after embeddings, projections and in attention, in training
 */
public record BigCodeConfig(
    DecoderSizes sizes, Activation activation, float normEps, boolean scaleScores, float dropout)
    implements SizedConfig {

  /** Reads a config.json. */
  public static BigCodeConfig parse(ConfigReader json) {
    DecoderSizes sizes = DecoderSizes.parse(json, DecoderSizes.Keys.GPT2, true);
    return new BigCodeConfig(
        json.boolOr("multi_query", true) ? sizes.withNumKvHeads(1) : sizes,
        Activations.read(json, "activation_function", "gelu_pytorch_tanh"),
        (float) json.doubleOr("layer_norm_epsilon", 1e-5),
        json.boolOr("scale_attn_weights", true),
        (float) json.doubleOr("resid_pdrop", 0));
  }

  @Override
  public String modelType() {
    return "gpt_bigcode";
  }

  @Override
  public boolean endsAtMaxPositions() {
    return true;
  }
}
