package dev.rapt.model.decoder;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.kernel.Activation;
import dev.rapt.model.config.Activations;
import dev.rapt.model.config.DecoderSizes;
import dev.rapt.model.config.Dropouts;
import dev.rapt.model.config.HeadRule;
import dev.rapt.model.config.SizedConfig;
import dev.rapt.model.family.Family;
import dev.rapt.model.parts.DecoderParts;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.Norm;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.attention.Rope;
import dev.rapt.nn.attention.RopeScaling;
import dev.rapt.nn.attention.SelfAttention;
import dev.rapt.nn.block.Block;
import dev.rapt.nn.block.ParallelBlock;
import dev.rapt.nn.block.Residual;
import dev.rapt.nn.block.Stack;

/**
 * GPT-J 6B, Wang and Komatsuzaki 2021, github.com/kingoflolz/mesh-transformer-jax; CodeGen,
 * arXiv:2203.13474, section 2.2.
 */
public final class GptJ {
  /** {@code codegen}. */
  public static final Family<Config, Backbone> CODEGEN =
      new Family<>(
          "codegen", "CodeGenForCausalLM", "transformer", Config::parseCodeGen, GptJ::build);

  /** {@code gptj}. */
  public static final Family<Config, Backbone> FAMILY =
      new Family<>("gptj", "GPTJForCausalLM", "transformer", Config::parse, GptJ::build);

  /**
   * GPT-J and CodeGen: rotary positions on part of each head, attention and MLP side by side.
   *
   * @param rotaryDim how many elements of a head are rotated
   * @param sharded whether queries, values and keys are one projection in shards, as in CodeGen
   * @param dropout in training
   */
  public record Config(
      String modelType,
      DecoderSizes sizes,
      Activation activation,
      float normEps,
      int rotaryDim,
      boolean sharded,
      Dropouts dropout)
      implements SizedConfig {

    /** Reads a config.json of GPT-J. */
    public static Config parse(ConfigReader json) {
      return parse(json, false);
    }

    /** Reads a config.json of CodeGen. */
    public static Config parseCodeGen(ConfigReader json) {
      Config config = parse(json, true);
      if (config.numHeads() % ShardedQkv.NUM_SHARDS != 0) {
        throw json.error(
            "n_head",
            "must be a multiple of %d, got %d".formatted(ShardedQkv.NUM_SHARDS, config.numHeads()));
      }
      return config;
    }

    private static Config parse(ConfigReader json, boolean sharded) {
      DecoderSizes sizes = DecoderSizes.parse(json, DecoderSizes.Keys.GPT2, false);
      return new Config(
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

  private final Config config;
  private final DecoderParts parts;
  private final Rope rope;

  private GptJ(Config config) {
    this.config = config;
    parts = DecoderParts.of(config.sizes());
    rope = new Rope(config.rotaryDim(), 10000, new RopeScaling.None(), true);
  }

  /** A model with the parameters under {@code transformer} of a checkpoint. */
  public static Backbone build(Config config, ParameterSource source) {
    GptJ model = new GptJ(config);
    return new Stack(
        model.parts.embeddings(source, "wte").withDropout(config.dropout().embeddings()),
        Stack.blocks(config.numLayers(), source.at("h"), model::block),
        model.norm(source.at("ln_f")));
  }

  /** Attention and MLP side by side behind one norm. */
  private Block block(int layer, ParameterSource source) {
    Norm norm = norm(source.at("ln_1"));
    return new ParallelBlock(
        norm,
        attention(layer, source.at("attn")),
        norm,
        parts.mlp(source.at("mlp"), "fc_in", config.activation(), "fc_out", true),
        Residual.of(layer, config.dropout().residual()));
  }

  /** Attention without biases; neighbours in the first elements of a head are rotated. */
  private SelfAttention attention(int layer, ParameterSource source) {
    return new SelfAttention(
        config.sharded()
            ? ShardedQkv.of(source.at("qkv_proj"), config.sizes())
            : parts.qkv(source, false),
        rope,
        parts.attention(layer).withDropout(config.dropout().attention()),
        parts.oProj(source, "out_proj", false));
  }

  private Norm norm(ParameterSource source) {
    return parts.layerNorm(source, config.normEps());
  }
}
