package dev.rapt.model.decoder;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.kernel.Activation;
import dev.rapt.model.config.Activations;
import dev.rapt.model.config.DecoderSizes;
import dev.rapt.model.config.HeadRule;
import dev.rapt.model.config.SizedConfig;

/**
 * XGLM and BioGPT: OPT with scaled embeddings, and sine and cosine positions or learned ones.
 *
 * @param learnedPositions whether positions are learned, as in BioGPT
 * @param scaleEmbedding whether the token's vector is multiplied by the root of the width
 * @param dropout probability after embeddings and projections, in training
 * @param attentionDropout the same for attention weights
 * @param activationDropout the same for what the MLP's last projection reads
 * @param layerDrop probability to leave a block out, in training
 */
public record XglmConfig(
    String modelType,
    DecoderSizes sizes,
    Activation activation,
    boolean learnedPositions,
    boolean scaleEmbedding,
    float dropout,
    float attentionDropout,
    float activationDropout,
    float layerDrop)
    implements SizedConfig {
  private static final DecoderSizes.Keys KEYS =
      new DecoderSizes.Keys(
          "d_model", "num_layers", "attention_heads", "", "", "ffn_dim", "max_position_embeddings");

  /** Reads a config.json of XGLM. */
  public static XglmConfig parseXglm(ConfigReader json) {
    return parse(
        json,
        KEYS,
        "activation_function",
        false,
        json.dropoutOr("dropout", 0.1),
        "attention_dropout");
  }

  /** Reads a config.json of BioGPT. */
  public static XglmConfig parseBioGpt(ConfigReader json) {
    return parse(
        json,
        DecoderSizes.Keys.LLAMA,
        "hidden_act",
        true,
        json.dropoutOr("hidden_dropout_prob", 0.1),
        "attention_probs_dropout_prob");
  }

  private static XglmConfig parse(
      ConfigReader json,
      DecoderSizes.Keys keys,
      String activation,
      boolean learnedPositions,
      float dropout,
      String attentionDropout) {
    return new XglmConfig(
        json.requireString("model_type"),
        DecoderSizes.parse(json, keys, true),
        Activations.read(json, activation, "gelu"),
        learnedPositions,
        json.boolOr("scale_embedding", true),
        dropout,
        json.dropoutOr(attentionDropout, 0.1),
        json.dropoutOr("activation_dropout", 0),
        json.dropoutOr("layerdrop", 0));
  }

  @Override
  public HeadRule head() {
    return HeadRule.named(learnedPositions ? "output_projection" : "lm_head");
  }

  @Override
  public boolean endsAtMaxPositions() {
    return true;
  }

  @Override
  public boolean countsPastPadding() {
    return learnedPositions;
  }
}
