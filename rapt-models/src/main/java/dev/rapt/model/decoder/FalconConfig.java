package dev.rapt.model.decoder;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.kernel.Activation;
import dev.rapt.model.config.Activations;
import dev.rapt.model.config.DecoderSizes;
import dev.rapt.model.config.Dropouts;
import dev.rapt.model.config.RopeConfig;
import dev.rapt.model.config.SizedConfig;

/**
 * Falcon: one key-value head or one for each group, attention and MLP side by side, rotary
 * positions or a penalty for distance.
 *
 * @param rope the rotation, where there is no alibi
 * @param layout how the fused projection lies and what the blocks look like
 * @param alibi whether positions are told by a penalty for distance
 * @param bias whether linear layers have biases
 * @param dropout in training
 */
public record FalconConfig(
    DecoderSizes sizes,
    Activation activation,
    float normEps,
    RopeConfig rope,
    Layout layout,
    boolean alibi,
    boolean bias,
    Dropouts dropout)
    implements SizedConfig {

  private static final DecoderSizes.Keys KEYS =
      new DecoderSizes.Keys(
          "hidden_size",
          "num_hidden_layers",
          "num_attention_heads",
          "",
          "",
          "ffn_hidden_size",
          "max_position_embeddings");

  /** Wirings of a block. */
  public enum Layout {
    /** Attention, then MLP. */
    SEQUENTIAL,
    /** Side by side behind one norm: Falcon 7B. */
    PARALLEL,
    /** Side by side behind a norm each: Falcon 40B and 180B. */
    PARALLEL_TWO_NORMS
  }

  /** Reads a config.json. */
  public static FalconConfig parse(ConfigReader json) {
    DecoderSizes sizes = DecoderSizes.parse(json, KEYS, true);
    boolean grouped = json.boolOr("new_decoder_architecture", false);
    int numKvHeads =
        grouped || !json.boolOr("multi_query", true)
            ? json.intOr("num_kv_heads", sizes.numHeads(), 1, sizes.numHeads())
            : 1;
    if (sizes.numHeads() % numKvHeads != 0) {
      throw json.error(
          "num_kv_heads",
          "must divide num_attention_heads, got %d and %d".formatted(numKvHeads, sizes.numHeads()));
    }
    return new FalconConfig(
        sizes.withNumKvHeads(numKvHeads),
        Activations.read(json, "activation", "gelu"),
        json.epsilonOr("layer_norm_epsilon", 1e-5),
        RopeConfig.parse(json, sizes.maxPositions()),
        layout(json, grouped),
        json.boolOr("alibi", false),
        json.boolOr("bias", false),
        Dropouts.parse(json, "hidden_dropout", "hidden_dropout", "attention_dropout", 0));
  }

  private static Layout layout(ConfigReader json, boolean grouped) {
    if (grouped && json.intOr("num_ln_in_parallel_attn", 2, 1, 2) == 2) {
      return Layout.PARALLEL_TWO_NORMS;
    }
    return grouped || json.boolOr("parallel_attn", true) ? Layout.PARALLEL : Layout.SEQUENTIAL;
  }

  @Override
  public String modelType() {
    return "falcon";
  }

  @Override
  public String tokenProjection() {
    return "classifier";
  }
}
