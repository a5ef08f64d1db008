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
 * @param dropout probability after embeddings and projections, in training
 * @param attentionDropout the same for attention weights
 * @param activationDropout the same for what the MLP's last projection reads
 * @param layerDrop probability to leave a block out, in training
 */
public record XglmConfig(
    DecoderSizes sizes,
    Activation activation,
    boolean scaleEmbedding,
    float dropout,
    float attentionDropout,
    float activationDropout,
    float layerDrop)
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
        json.dropoutOr("dropout", 0.1),
        json.dropoutOr("attention_dropout", 0.1),
        json.dropoutOr("activation_dropout", 0),
        json.dropoutOr("layerdrop", 0));
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
