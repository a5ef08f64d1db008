package dev.rapt.model.decoder;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.model.config.DecoderSizes;
import dev.rapt.model.config.SizedConfig;

/**
 * MPT: positions as a penalty for distance, no biases.
 *
 * @param alibiBiasMax exponent of the gentlest slope, commonly 8
 * @param clip bound of queries, keys and values; 0 for none
 * @param scale factor of attention scores
 * @param dropout probability after projections and in attention, in training
 */
public record MptConfig(
    DecoderSizes sizes, float normEps, int alibiBiasMax, float clip, double scale, float dropout)
    implements SizedConfig {

  private static final DecoderSizes.Keys KEYS =
      new DecoderSizes.Keys("d_model", "n_layers", "n_heads", "", "", "", "max_seq_len");

  /** Reads a config.json. */
  public static MptConfig parse(ConfigReader json) {
    DecoderSizes sizes = DecoderSizes.parse(json, KEYS, true);
    ConfigReader attention = json.requireObject("attn_config");
    if (attention.boolOr("qk_ln", false)) {
      throw json.error("attn_config", "must not have qk_ln");
    }
    if (!attention.boolOr("alibi", true) || !json.boolOr("no_bias", true)) {
      throw json.error("attn_config", "must have alibi, and no_bias be true");
    }
    return new MptConfig(
        sizes, // four times the width inside the MLP, whatever expansion_ratio says
        json.epsilonOr("layer_norm_epsilon", 1e-5),
        attention.intOr("alibi_bias_max", 8, 1, 1024),
        (float) attention.doubleOr("clip_qkv", 0),
        attention.doubleOr("softmax_scale", 1 / Math.sqrt(sizes.headDim())),
        attention.dropoutOr("attn_pdrop", 0));
  }

  @Override
  public String modelType() {
    return "mpt";
  }

  @Override
  public String tokenProjection() {
    return "classifier";
  }
}
