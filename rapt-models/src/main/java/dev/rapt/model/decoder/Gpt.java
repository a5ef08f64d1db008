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
import dev.rapt.nn.attention.SelfAttention;
import dev.rapt.nn.block.Block;
import dev.rapt.nn.block.PostNormBlock;
import dev.rapt.nn.block.Residual;
import dev.rapt.nn.block.Stack;

/** GPT. Improving Language Understanding by Generative Pre-Training, Radford et al. 2018. */
public final class Gpt {
  /** {@code openai-gpt}. */
  public static final Family<Config, Backbone> FAMILY =
      new Family<>("openai-gpt", "OpenAIGPTLMHeadModel", "transformer", Config::parse, Gpt::build);

  /**
   * GPT: learned positions, a norm after each sum.
   *
   * @param dropout in training
   */
  public record Config(DecoderSizes sizes, Activation activation, float normEps, Dropouts dropout)
      implements SizedConfig {
    private static final DecoderSizes.Keys KEYS =
        new DecoderSizes.Keys("n_embd", "n_layer", "n_head", "", "", "", "n_positions");

    /** Reads a config.json. */
    public static Config parse(ConfigReader json) {
      String name = json.stringOr("afn", "gelu");
      return new Config(
          DecoderSizes.parse(json, KEYS, true),
          Activations.named(json, "afn", name.equals("gelu") ? "gelu_new" : name),
          json.epsilonOr("layer_norm_epsilon", 1e-5),
          Dropouts.parse(json, 0.1));
    }

    @Override
    public String modelType() {
      return "openai-gpt";
    }

    @Override
    public boolean endsAtMaxPositions() {
      return true;
    }
  }

  private final Config config;
  private final DecoderParts parts;

  private Gpt(Config config) {
    this.config = config;
    parts = DecoderParts.of(config.sizes()).inputMajor();
  }

  /** A model with the parameters under {@code transformer} of a checkpoint. */
  public static Backbone build(Config config, ParameterSource source) {
    Gpt model = new Gpt(config);
    DecoderParts parts = model.parts;
    return new Stack(
        parts
            .embeddings(source, "tokens_embed")
            .withPositions(parts.table(source.at("positions_embed"), config.maxPositions()), 0)
            .withDropout(config.dropout().embeddings()),
        Stack.blocks(config.numLayers(), source.at("h"), model::block),
        null);
  }

  /** Attention, then MLP, each added to the stream, and the sums normalised. */
  private Block block(int layer, ParameterSource source) {
    return new PostNormBlock(
        attention(layer, source.at("attn")),
        norm(source.at("ln_1")),
        parts.mlp(source.at("mlp"), "c_fc", config.activation(), "c_proj", true),
        norm(source.at("ln_2")),
        Residual.of(layer, config.dropout().residual()));
  }

  private SelfAttention attention(int layer, ParameterSource source) {
    return new SelfAttention(
        parts.fusedQkv(source, "c_attn", true),
        null,
        parts.attention(layer).withDropout(config.dropout().attention()),
        parts.oProj(source, "c_proj", true));
  }

  private Norm norm(ParameterSource source) {
    return parts.layerNorm(source, config.normEps());
  }
}
