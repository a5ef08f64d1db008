package dev.rapt.model.decoder;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.kernel.Activation;
import dev.rapt.model.config.Activations;
import dev.rapt.model.config.DecoderSizes;
import dev.rapt.model.config.SizedConfig;

/**
 * OPT: learned positions whose table begins two rows late; norms before or, in the 350M model,
 * after each sum.
 *
 * @param embeddingSize width of the token's vector, which a layer maps to the stream where it
 *     differs
 * @param postNorm whether each sum is normalised instead of each input
 * @param finalNorm whether the stream is normalised before the head
 * @param bias whether linear layers have biases
 * @param dropout probability after projections, in training
 * @param attentionDropout the same for attention weights
 * @param layerDrop probability to leave a block out, in training
 */
public record OptConfig(
    DecoderSizes sizes,
    Activation activation,
    int embeddingSize,
    boolean postNorm,
    boolean finalNorm,
    boolean bias,
    float dropout,
    float attentionDropout,
    float layerDrop)
    implements SizedConfig {

  /** Whether layers map between the vectors of tokens and the stream. */
  boolean isProjected() {
    return embeddingSize != sizes.hiddenSize();
  }

  private static final DecoderSizes.Keys KEYS =
      new DecoderSizes.Keys(
          "hidden_size",
          "num_hidden_layers",
          "num_attention_heads",
          "",
          "",
          "ffn_dim",
          "max_position_embeddings");

  /** Reads a config.json. */
  public static OptConfig parse(ConfigReader json) {
    DecoderSizes sizes = DecoderSizes.parse(json, KEYS, true);
    if (!json.boolOr("layer_norm_elementwise_affine", true)) {
      throw json.error("layer_norm_elementwise_affine", "must be true, got false");
    }
    boolean preNorm = json.boolOr("do_layer_norm_before", true);
    return new OptConfig(
        sizes,
        Activations.read(json, "activation_function", "relu"),
        json.intOr("word_embed_proj_dim", sizes.hiddenSize(), 1, Integer.MAX_VALUE),
        !preNorm,
        preNorm && !json.boolOr("_remove_final_layer_norm", false),
        json.boolOr("enable_bias", true),
        json.dropoutOr("dropout", 0.1),
        json.dropoutOr("attention_dropout", 0),
        json.dropoutOr("layerdrop", 0));
  }

  @Override
  public String modelType() {
    return "opt";
  }

  @Override
  public int headInputSize() {
    return embeddingSize;
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
