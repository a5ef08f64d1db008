package dev.rapt.model.decoder;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.kernel.Activation;
import dev.rapt.model.config.Activations;
import dev.rapt.model.config.DecoderSizes;
import dev.rapt.model.config.Dropouts;
import dev.rapt.model.config.SizedConfig;
import dev.rapt.model.family.Family;
import dev.rapt.model.parts.DecoderParts;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.Norm;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.attention.Attention;
import dev.rapt.nn.attention.SelfAttention;
import dev.rapt.nn.block.Block;
import dev.rapt.nn.block.PreNormBlock;
import dev.rapt.nn.block.Residual;
import dev.rapt.nn.block.Stack;

/** GPT-BigCode: SantaCoder, StarCoder. arXiv:2301.03988, arXiv:2305.06161. */
public final class BigCode {
  /** {@code gpt_bigcode}. */
  public static final Family<Config, Backbone> FAMILY =
      new Family<>(
          "gpt_bigcode", "GPTBigCodeForCausalLM", "transformer", Config::parse, BigCode::build);

  /**
   * GPT-BigCode (SantaCoder, StarCoder): GPT-2 with one key-value head for all query heads.
   *
   * @param scaleScores whether attention scores are divided by the root of the head's width
   * @param dropout in training
   */
  public record Config(
      DecoderSizes sizes,
      Activation activation,
      float normEps,
      boolean scaleScores,
      Dropouts dropout)
      implements SizedConfig {

    /** Reads a config.json. */
    public static Config parse(ConfigReader json) {
      DecoderSizes sizes = DecoderSizes.parse(json, DecoderSizes.Keys.GPT2, true);
      return new Config(
          json.boolOr("multi_query", true) ? sizes.withNumKvHeads(1) : sizes,
          Activations.read(json, "activation_function", "gelu_pytorch_tanh"),
          json.epsilonOr("layer_norm_epsilon", 1e-5),
          json.boolOr("scale_attn_weights", true),
          Dropouts.parse(json, 0.1));
    }

    @Override
    public String modelType() {
      return "gpt_bigcode";
    }

    @Override
    public String tokenProjection() {
      return "classifier";
    }

    @Override
    public boolean endsAtMaxPositions() {
      return true;
    }
  }

  private final Config config;
  private final DecoderParts parts;

  private BigCode(Config config) {
    this.config = config;
    parts = DecoderParts.of(config.sizes());
  }

  /** A model with the parameters under {@code transformer} of a checkpoint. */
  public static Backbone build(Config config, ParameterSource source) {
    BigCode model = new BigCode(config);
    DecoderParts parts = model.parts;
    return new Stack(
        parts
            .embeddings(source, "wte")
            .withPositions(parts.table(source.at("wpe"), config.maxPositions()), 0)
            .withDropout(config.dropout().embeddings()),
        Stack.blocks(config.numLayers(), source.at("h"), model::block),
        model.norm(source.at("ln_f")));
  }

  /** Attention, then MLP, each on the normalised stream and added to it. */
  private Block block(int layer, ParameterSource source) {
    return new PreNormBlock(
        norm(source.at("ln_1")),
        attention(layer, source.at("attn")),
        norm(source.at("ln_2")),
        parts.mlp(source.at("mlp"), "c_fc", config.activation(), "c_proj", true),
        Residual.of(layer, config.dropout().residual()));
  }

  /** Multi-query attention; with a key-value head for each query head these lie together. */
  private SelfAttention attention(int layer, ParameterSource source) {
    Attention attention = parts.attention(layer).withDropout(config.dropout().attention());
    return new SelfAttention(
        parts.groupedQkv(source, "c_attn", true),
        null,
        config.scaleScores() ? attention : attention.scaled(1),
        parts.oProj(source, "c_proj", true));
  }

  private Norm norm(ParameterSource source) {
    return parts.layerNorm(source, config.normEps());
  }
}
