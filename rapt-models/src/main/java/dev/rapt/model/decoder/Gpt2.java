package dev.rapt.model.decoder;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.kernel.Activation;
import dev.rapt.model.config.Activations;
import dev.rapt.model.config.DecoderSizes;
import dev.rapt.model.config.Dropouts;
import dev.rapt.model.config.FreshConfig;
import dev.rapt.model.config.SizedConfig;
import dev.rapt.model.family.Family;
import dev.rapt.model.parts.DecoderParts;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.Norm;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.attention.SelfAttention;
import dev.rapt.nn.block.Block;
import dev.rapt.nn.block.PreNormBlock;
import dev.rapt.nn.block.Residual;
import dev.rapt.nn.block.Stack;
import tools.jackson.databind.node.ObjectNode;

/** GPT-2. Language Models are Unsupervised Multitask Learners, Radford et al. 2019, section 2.3. */
public final class Gpt2 {
  /** {@code gpt2}. */
  public static final Family<Config, Backbone> FAMILY =
      new Family<>("gpt2", "GPT2LMHeadModel", "transformer", Config::parse, Gpt2::build);

  /**
   * GPT-2: learned positions, pre-norm blocks, one MLP with a plain activation.
   *
   * @param scaleScores whether attention scores are divided by the root of the head's width
   * @param scaleByLayer whether attention scores are divided by the layer's number, too
   * @param dropout in training
   */
  public record Config(
      DecoderSizes sizes,
      Activation activation,
      float normEps,
      boolean scaleScores,
      boolean scaleByLayer,
      Dropouts dropout)
      implements SizedConfig, FreshConfig {

    /** A configuration with the choices of the published models. */
    public static Config of(DecoderSizes sizes) {
      return new Config(sizes, Activation.GELU_TANH, 1e-5f, true, false, Dropouts.NONE);
    }

    /** Reads a config.json. */
    public static Config parse(ConfigReader json) {
      return new Config(
          DecoderSizes.parse(json, DecoderSizes.Keys.GPT2, true),
          Activations.read(json, "activation_function", "gelu_new"),
          json.epsilonOr("layer_norm_epsilon", 1e-5),
          json.boolOr("scale_attn_weights", true),
          json.boolOr("scale_attn_by_inverse_layer_idx", false),
          Dropouts.parse(json, 0.1));
    }

    @Override
    public void write(ObjectNode json) {
      sizes.write(json, DecoderSizes.Keys.GPT2);
      json.put("activation_function", Activations.name(activation))
          .put("layer_norm_epsilon", Double.parseDouble(Float.toString(normEps)))
          .put("scale_attn_weights", scaleScores)
          .put("scale_attn_by_inverse_layer_idx", scaleByLayer);
      dropout.write(json);
    }

    @Override
    public String modelType() {
      return "gpt2";
    }

    @Override
    public String tokenProjection() {
      return "classifier";
    }

    @Override
    public boolean endsAtMaxPositions() {
      return true;
    }

    @Override
    public Config withVocabSize(int size) {
      return new Config(
          sizes.withVocabSize(size), activation, normEps, scaleScores, scaleByLayer, dropout);
    }
  }

  private final Config config;
  private final DecoderParts parts;

  private Gpt2(Config config) {
    this.config = config;
    parts = DecoderParts.of(config.sizes()).inputMajor();
  }

  /** A model with the parameters under {@code transformer} of a checkpoint. */
  public static Backbone build(Config config, ParameterSource source) {
    Gpt2 model = new Gpt2(config);
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

  /** Multi-head attention with one projection to queries, keys and values. */
  private SelfAttention attention(int layer, ParameterSource source) {
    double scale = config.scaleScores() ? 1 / Math.sqrt(config.headDim()) : 1;
    return new SelfAttention(
        parts.fusedQkv(source, "c_attn", true),
        null,
        parts
            .attention(layer)
            .scaled(config.scaleByLayer() ? scale / (layer + 1) : scale)
            .withDropout(config.dropout().attention()),
        parts.oProj(source, "c_proj", true));
  }

  private Norm norm(ParameterSource source) {
    return parts.layerNorm(source, config.normEps());
  }
}
