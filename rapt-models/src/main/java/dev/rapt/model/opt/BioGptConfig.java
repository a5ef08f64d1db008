package dev.rapt.model.opt;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.kernel.Activation;
import dev.rapt.model.config.Activations;
import dev.rapt.model.config.DecoderSizes;
import dev.rapt.model.config.HeadRule;
import dev.rapt.model.config.SizedConfig;

/**
 * BioGPT: OPT with scaled embeddings.
 *
 * @param embeddingScale factor of the tokens' vectors
 * @param dropout probability after embeddings and projections, in training
 * @param attentionDropout probability to drop an attention weight, in training
 * @param activationDropout the same for what the MLP's last projection reads
 * @param layerDrop probability to leave a block out, in training
 */
public record BioGptConfig(
    DecoderSizes sizes,
    Activation activation,
    float embeddingScale,
    float dropout,
    float attentionDropout,
    float activationDropout,
    float layerDrop)
    implements SizedConfig {

  /** Reads a config.json. */
  public static BioGptConfig parse(ConfigReader json) {
    DecoderSizes sizes = DecoderSizes.parse(json, DecoderSizes.Keys.LLAMA, true);
    return new BioGptConfig(
        sizes,
        Activations.read(json, "hidden_act", "gelu"),
        json.boolOr("scale_embedding", true) ? (float) Math.sqrt(sizes.hiddenSize()) : 1,
        json.dropoutOr("hidden_dropout_prob", 0.1),
        json.dropoutOr("attention_probs_dropout_prob", 0.1),
        json.dropoutOr("activation_dropout", 0),
        json.dropoutOr("layerdrop", 0));
  }

  @Override
  public String modelType() {
    return "biogpt";
  }

  @Override
  public HeadRule head() {
    return HeadRule.named("output_projection");
  }

  @Override
  public boolean endsAtMaxPositions() {
    return true;
  }

  @Override
  public boolean countsPastPadding() {
    return true;
  }
}
