package dev.rapt.model.decoder;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.model.config.DecoderSizes;
import dev.rapt.model.config.Dropouts;
import dev.rapt.model.config.SizedConfig;

/**
 * BLOOM: positions as a penalty for distance, a norm behind the embeddings.
 *
 * @param residualAfterNorm whether the stream goes on from the normalised input of each part
 * @param dropout in training
 */
public record BloomConfig(
    DecoderSizes sizes, float normEps, boolean residualAfterNorm, Dropouts dropout)
    implements SizedConfig {

  /** Reads a config.json. */
  public static BloomConfig parse(ConfigReader json) {
    DecoderSizes.Keys keys =
        new DecoderSizes.Keys(
            json.has("hidden_size") ? "hidden_size" : "n_embed",
            json.has("n_layer") ? "n_layer" : "num_hidden_layers",
            json.has("n_head") ? "n_head" : "num_attention_heads",
            "",
            "",
            "",
            "seq_length");
    return new BloomConfig(
        DecoderSizes.parse(json, keys, true),
        json.epsilonOr("layer_norm_epsilon", 1e-5),
        json.boolOr("apply_residual_connection_post_layernorm", false),
        Dropouts.parse(json, "hidden_dropout", "hidden_dropout", "attention_dropout", 0));
  }

  @Override
  public String modelType() {
    return "bloom";
  }

  @Override
  public String tokenProjection() {
    return "classifier";
  }
}
