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

/**
 * OPT: a decoder with LayerNorm, learned absolute positions, multi-head attention and a ReLU MLP;
 * pre-norm, but post-norm in the 350M model. OPT, arXiv:2205.01068, section 2.
 *
 * <pre>
 * x = embedding[ids] Win + position[p + 2]               (B, T, D); Win if the widths differ
 * L times, pre-norm:
 *   x = x + attention(norm(x))                           (B, T, D)
 *   x = x + mlp(norm(x))                                 (B, T, D)
 * L times, post-norm:
 *   x = norm(x + attention(x))                           (B, T, D)
 *   x = norm(x + mlp(x))                                 (B, T, D)
 * logits = (norm(x) Wout) embedding'                     (B, T, V); norm only in pre-norm models
 *
 * attention(h): softmax((h Wq) (h Wk)' / sqrt(E)) (h Wv) Wo
 * mlp(h):       relu(h W1) W2                            (B, T, F) to (B, T, D)
 * </pre>
 */
public final class Opt {
  /** {@code opt}. */
  public static final Family<Config, Backbone> FAMILY =
      new Family<>("opt", "OPTForCausalLM", "model.decoder", Config::parse, Opt::build);

  /**
   * Configuration of OPT.
   *
   * @param embeddingSize width of the token embeddings; projections map it from and to D where it
   *     differs from D
   * @param postNorm whether blocks are post-norm; otherwise pre-norm
   * @param finalNorm whether there is a norm after the last block
   * @param bias whether linear layers have biases
   * @param dropout dropout of what attention and MLP add, in training
   * @param attentionDropout dropout of attention weights, in training
   * @param layerDrop probability to skip a block, in training
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

    /** Returns whether projections map between token embeddings and residual stream. */
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

  /** Position p has row p + 2 of the position table. */
  private static final int POSITION_OFFSET = 2;

  private static final float NORM_EPS = 1e-5f;

  private final Config config;
  private final DecoderParts parts;

  private Opt(Config config) {
    this.config = config;
    parts = DecoderParts.of(config.sizes());
  }

  /** Builds the model without its head from the parameters under {@code model.decoder}. */
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
                Embedding.ofTokens(
                    source.at("embed_tokens"), config.vocabSize(), W, config.initStd()))
            .withPositions(parts.table(source.at("embed_positions"), rows), POSITION_OFFSET);
    return config.isProjected()
        ? embeddings.projected(projection(source.at("project_in"), W, D))
        : embeddings;
  }

  private Linear projection(ParameterSource source, int from, int to) {
    return Linear.of(source, from, to, false, config.initStd());
  }

  /** A pre-norm block, or a post-norm block. */
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
