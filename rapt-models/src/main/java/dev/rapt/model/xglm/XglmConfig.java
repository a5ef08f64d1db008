package dev.rapt.model.xglm;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.kernel.Activation;
import dev.rapt.model.config.Activations;
import dev.rapt.model.config.DecoderSizes;
import dev.rapt.model.config.SizedConfig;

/**
 * XGLM: fixed sine and cosine positions, scaled embeddings.
 *
 * @param scaleEmbedding whether the token's vector is multiplied by the root of the width
 * @param dropout probability after embeddings, projections and in attention, in training
 */
public record XglmConfig(
    DecoderSizes sizes, Activation activation, boolean scaleEmbedding, float dropout)
    implements SizedConfig {
  private static final DecoderSizes.Keys KEYS =
      new DecoderSizes.Keys(
          "d_model", "num_layers", "attention_heads", "", "", "ffn_dim", "max_position_embeddings");

  /** Reads a config.json. */
  public static XglmConfig parse(ConfigReader json) {
    return new XglmConfig(
        DecoderSizes.parse(json, KEYS, true),
        Activations.read(json, "activation_function", "gelu"),
        json.boolOr("scale_embedding", true),
        (float) json.doubleOr("dropout", 0));
  }

  @Override
  public String modelType() {
    return "xglm";
  }

  @Override
  public boolean endsAtMaxPositions() {
    return true;
  }
}
