package dev.rapt.model.decoder;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.kernel.Activation;
import dev.rapt.model.config.Activations;
import dev.rapt.model.config.DecoderSizes;
import dev.rapt.model.config.HeadRule;
import dev.rapt.model.config.SizedConfig;
import dev.rapt.model.family.Family;
import dev.rapt.model.parts.DecoderParts;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.Embedding;
import dev.rapt.nn.Norm;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.Sinusoids;
import dev.rapt.nn.attention.SelfAttention;
import dev.rapt.nn.block.Block;
import dev.rapt.nn.block.PreNormBlock;
import dev.rapt.nn.block.Residual;
import dev.rapt.nn.block.Stack;

/**
 * XGLM and BioGPT: pre-norm decoders with LayerNorm, absolute positions, multi-head attention and a
 * plain GELU MLP, with biases. XGLM, arXiv:2112.10668; BioGPT, arXiv:2210.10341, section 3.
 *
 * <pre>
 * x = sqrt(D) embedding[ids] + position[p + 2]           (B, T, D)
 * L times:
 *   x = x + attention(norm(x))                           (B, T, D)
 *   x = x + mlp(norm(x))                                 (B, T, D)
 * logits = norm(x) embedding'                            (B, T, V)
 *
 * attention(h): softmax((h Wq) (h Wk)' / sqrt(E)) (h Wv) Wo
 * mlp(h):       gelu(h W1) W2                            (B, T, F) to (B, T, D)
 *
 * xglm:   sinusoidal positions
 * biogpt: learned positions
 * </pre>
 */
public final class Xglm {
  /** {@code biogpt}. */
  public static final Family<Config, Backbone> BIOGPT =
      new Family<>("biogpt", "BioGptForCausalLM", "biogpt", Config::parseBioGpt, Xglm::build);

  /** {@code xglm}. */
  public static final Family<Config, Backbone> FAMILY =
      new Family<>("xglm", "XGLMForCausalLM", "model", Config::parseXglm, Xglm::build);

  /**
   * Configuration of XGLM and BioGPT.
   *
   * @param learnedPositions whether positions are learned; otherwise sinusoidal
   * @param scaleEmbedding whether token embeddings are multiplied by sqrt(D)
   * @param dropout dropout of embeddings and of what attention and MLP add, in training
   * @param attentionDropout dropout of attention weights, in training
   * @param activationDropout dropout inside the MLP, after the activation, in training
   * @param layerDrop probability to skip a block, in training
   */
  public record Config(
      String modelType,
      DecoderSizes sizes,
      Activation activation,
      boolean learnedPositions,
      boolean scaleEmbedding,
      float dropout,
      float attentionDropout,
      float activationDropout,
      float layerDrop)
      implements SizedConfig {
    private static final DecoderSizes.Keys KEYS =
        new DecoderSizes.Keys(
            "d_model",
            "num_layers",
            "attention_heads",
            "",
            "",
            "ffn_dim",
            "max_position_embeddings");

    /** Reads a config.json of XGLM. */
    public static Config parseXglm(ConfigReader json) {
      return parse(
          json,
          KEYS,
          "activation_function",
          false,
          json.dropoutOr("dropout", 0.1),
          "attention_dropout");
    }

    /** Reads a config.json of BioGPT. */
    public static Config parseBioGpt(ConfigReader json) {
      return parse(
          json,
          DecoderSizes.Keys.LLAMA,
          "hidden_act",
          true,
          json.dropoutOr("hidden_dropout_prob", 0.1),
          "attention_probs_dropout_prob");
    }

    private static Config parse(
        ConfigReader json,
        DecoderSizes.Keys keys,
        String activation,
        boolean learnedPositions,
        float dropout,
        String attentionDropout) {
      return new Config(
          json.requireString("model_type"),
          DecoderSizes.parse(json, keys, true),
          Activations.read(json, activation, "gelu"),
          learnedPositions,
          json.boolOr("scale_embedding", true),
          dropout,
          json.dropoutOr(attentionDropout, 0.1),
          json.dropoutOr("activation_dropout", 0),
          json.dropoutOr("layerdrop", 0));
    }

    @Override
    public HeadRule head() {
      return HeadRule.named(learnedPositions ? "output_projection" : "lm_head");
    }

    @Override
    public boolean endsAtMaxPositions() {
      return true;
    }

    @Override
    public boolean skipsPaddingPositions() {
      return learnedPositions;
    }
  }

  /** Position p has row p + 2 of the position table. */
  private static final int POSITION_OFFSET = 2;

  private static final float NORM_EPS = 1e-5f;

  private final Config config;
  private final DecoderParts parts;

  private Xglm(Config config) {
    this.config = config;
    parts = DecoderParts.of(config.sizes());
  }

  /** Builds the model without its head from the parameters under {@code model} or biogpt. */
  public static Backbone build(Config config, ParameterSource source) {
    Xglm model = new Xglm(config);
    int D = config.hiddenSize();
    return new Stack(
            model
                .parts
                .embeddings(source)
                .scaled(config.scaleEmbedding() ? (float) Math.sqrt(D) : 1)
                .withPositions(model.positions(source), POSITION_OFFSET)
                .withDropout(config.dropout()),
            Stack.blocks(config.numLayers(), source.at("layers"), model::block),
            model.norm(source.at("layer_norm")))
        .withLayerDrop(config.layerDrop());
  }

  private Embedding positions(ParameterSource source) {
    int D = config.hiddenSize();
    int rows = config.maxPositions() + POSITION_OFFSET;
    return config.learnedPositions()
        ? parts.table(source.at("embed_positions"), rows)
        : Embedding.fixed(source.constant(Sinusoids.FAIRSEQ.table(rows, D), rows, D));
  }

  /** One pre-norm block: maps the residual stream x (B, T, D) to (B, T, D). */
  private Block block(int layer, ParameterSource source) {
    return new PreNormBlock(
        norm(source.at("self_attn_layer_norm")),
        attention(layer, source.at("self_attn")),
        norm(source.at("final_layer_norm")),
        parts
            .mlp(source, "fc1", config.activation(), "fc2", true)
            .withDropout(layer, config.activationDropout()),
        Residual.of(layer, config.dropout()));
  }

  private SelfAttention attention(int layer, ParameterSource source) {
    return new SelfAttention(
        parts.qkv(source, true),
        null,
        parts.attention(layer).withDropout(config.attentionDropout()),
        parts.oProj(source, "out_proj", true));
  }

  private Norm norm(ParameterSource source) {
    return parts.layerNorm(source, NORM_EPS);
  }
}
