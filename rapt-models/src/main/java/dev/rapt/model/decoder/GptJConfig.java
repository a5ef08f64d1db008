package dev.rapt.model.decoder;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.kernel.Activation;
import dev.rapt.model.config.Activations;
import dev.rapt.model.config.DecoderSizes;
import dev.rapt.model.config.Dropouts;
import dev.rapt.model.config.HeadRule;
import dev.rapt.model.config.SizedConfig;

/**
 * GPT-J and CodeGen: rotary positions on part of each head, attention and MLP side by side.
 *
 * @param rotaryDim how many elements of a head are rotated
 * @param sharded whether queries, values and keys are one projection in shards, as in CodeGen
 * @param dropout in training
 */
public record GptJConfig(
    String modelType,
    DecoderSizes sizes,
    Activation activation,
    float normEps,
    int rotaryDim,
    boolean sharded,
    Dropouts dropout)
    implements SizedConfig {

  /** Reads a config.json of GPT-J. */
  public static GptJConfig parse(ConfigReader json) {
    return parse(json, false);
  }

  /** Reads a config.json of CodeGen. */
  public static GptJConfig parseCodeGen(ConfigReader json) {
    GptJConfig config = parse(json, true);
    if (config.numHeads() % ShardedQkv.NUM_SHARDS != 0) {
      throw json.error(
          "n_head",
          "must be a multiple of %d, got %d".formatted(ShardedQkv.NUM_SHARDS, config.numHeads()));
    }
    return config;
  }

  private static GptJConfig parse(ConfigReader json, boolean sharded) {
    DecoderSizes sizes = DecoderSizes.parse(json, DecoderSizes.Keys.GPT2, false);
    return new GptJConfig(
        json.requireString("model_type"),
        sizes,
        Activations.read(json, "activation_function", "gelu_new"),
        json.epsilonOr("layer_norm_epsilon", 1e-5),
        json.intOr("rotary_dim", sizes.headDim(), 2, sizes.headDim()),
        sharded,
        Dropouts.parse(json, 0));
  }

  @Override
  public HeadRule head() {
    return HeadRule.PLAIN.withBias();
  }
}
