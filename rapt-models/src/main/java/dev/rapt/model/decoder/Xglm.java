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

/** XGLM, arXiv:2112.10668, and BioGPT, arXiv:2210.10341, section 3. */
public final class Xglm {
  /** {@code biogpt}. */
  public static final Family<Config, Backbone> BIOGPT =
      new Family<>("biogpt", "BioGptForCausalLM", "biogpt", Config::parseBioGpt, Xglm::build);

  /** {@code xglm}. */
  public static final Family<Config, Backbone> FAMILY =
      new Family<>("xglm", "XGLMForCausalLM", "model", Config::parseXglm, Xglm::build);

  /**
   * XGLM and BioGPT: OPT with scaled embeddings, and sine and cosine positions or learned ones.
   *
   * @param learnedPositions whether positions are learned, as in BioGPT
   * @param scaleEmbedding whether the token's vector is multiplied by the root of the width
   * @param dropout probability after embeddings and projections, in training
   * @param attentionDropout the same for attention weights
   * @param activationDropout the same for what the MLP's last projection reads
   * @param layerDrop probability to leave a block out, in training
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

  /** The rows of the position table that no token has. */
  private static final int POSITION_OFFSET = 2;

  private static final float NORM_EPS = 1e-5f;

  private final Config config;
  private final DecoderParts parts;

  private Xglm(Config config) {
    this.config = config;
    parts = DecoderParts.of(config.sizes());
  }

  /** A model with the parameters under {@code model} or {@code biogpt} of a checkpoint. */
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

  /** Attention, then MLP, each on the normalised stream and added to it. */
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
