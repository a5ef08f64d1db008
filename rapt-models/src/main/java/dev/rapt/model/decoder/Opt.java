package dev.rapt.model.decoder;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.kernel.Activation;
import dev.rapt.model.config.Activations;
import dev.rapt.model.config.DecoderSizes;
import dev.rapt.model.config.SizedConfig;
import dev.rapt.model.family.Family;
import dev.rapt.model.parts.DecoderParts;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.Embedding;
import dev.rapt.nn.Embeddings;
import dev.rapt.nn.Layer;
import dev.rapt.nn.Linear;
import dev.rapt.nn.Norm;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.attention.SelfAttention;
import dev.rapt.nn.block.Block;
import dev.rapt.nn.block.PostNormBlock;
import dev.rapt.nn.block.PreNormBlock;
import dev.rapt.nn.block.Residual;
import dev.rapt.nn.block.Stack;

/** OPT. arXiv:2205.01068. */
public final class Opt {
  /** {@code opt}. */
  public static final Family<Config, Backbone> FAMILY =
      new Family<>("opt", "OPTForCausalLM", "model.decoder", Config::parse, Opt::build);

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
  public record Config(
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
    public static Config parse(ConfigReader json) {
      DecoderSizes sizes = DecoderSizes.parse(json, KEYS, true);
      if (!json.boolOr("layer_norm_elementwise_affine", true)) {
        throw json.error("layer_norm_elementwise_affine", "must be true, got false");
      }
      boolean preNorm = json.boolOr("do_layer_norm_before", true);
      return new Config(
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
    public boolean skipsPaddingPositions() {
      return true;
    }
  }

  /** The rows of the position table that no token has. */
  private static final int POSITION_OFFSET = 2;

  private static final float NORM_EPS = 1e-5f;

  private final Config config;
  private final DecoderParts parts;

  private Opt(Config config) {
    this.config = config;
    parts = DecoderParts.of(config.sizes());
  }

  /** A model with the parameters under {@code model.decoder} of a checkpoint. */
  public static Backbone build(Config config, ParameterSource source) {
    Opt model = new Opt(config);
    int D = config.hiddenSize();
    Stack stack =
        new Stack(
                model.embeddings(source),
                Stack.blocks(config.numLayers(), source.at("layers"), model::block),
                config.finalNorm() ? model.norm(source.at("final_layer_norm")) : null)
            .withLayerDrop(config.layerDrop());
    return config.isProjected()
        ? stack.projected(model.projection(source.at("project_out"), D, config.embeddingSize()))
        : stack;
  }

  private Embeddings embeddings(ParameterSource source) {
    int D = config.hiddenSize();
    int W = config.embeddingSize();
    int rows = config.maxPositions() + POSITION_OFFSET;
    Embeddings embeddings =
        Embeddings.of(
                Embedding.of(source.at("embed_tokens"), config.vocabSize(), W, config.initStd()))
            .withPositions(parts.table(source.at("embed_positions"), rows), POSITION_OFFSET);
    return config.isProjected()
        ? embeddings.projected(projection(source.at("project_in"), W, D))
        : embeddings;
  }

  private Linear projection(ParameterSource source, int from, int to) {
    return Linear.of(source, from, to, false, config.initStd());
  }

  /** Attention, then MLP, each added to the stream; normalised before, or after the sum. */
  private Block block(int layer, ParameterSource source) {
    Norm attentionNorm = norm(source.at("self_attn_layer_norm"));
    Layer attention = attention(layer, source.at("self_attn"));
    Norm mlpNorm = norm(source.at("final_layer_norm"));
    Layer mlp = parts.mlp(source, "fc1", config.activation(), "fc2", config.bias());
    Residual residual = Residual.of(layer, config.dropout());
    return config.postNorm()
        ? new PostNormBlock(attention, attentionNorm, mlp, mlpNorm, residual)
        : new PreNormBlock(attentionNorm, attention, mlpNorm, mlp, residual);
  }

  private SelfAttention attention(int layer, ParameterSource source) {
    return new SelfAttention(
        parts.qkv(source, config.bias()),
        null,
        parts.attention(layer).withDropout(config.attentionDropout()),
        parts.oProj(source, "out_proj", config.bias()));
  }

  private Norm norm(ParameterSource source) {
    return parts.layerNorm(source, NORM_EPS);
  }
}
