package dev.rapt.model.decoder;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.kernel.Activation;
import dev.rapt.model.config.Activations;
import dev.rapt.model.config.DecoderSizes;
import dev.rapt.model.config.RopeConfig;
import dev.rapt.model.config.SizedConfig;
import dev.rapt.model.family.Family;
import dev.rapt.model.parts.DecoderParts;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.Init;
import dev.rapt.nn.Linear;
import dev.rapt.nn.Norm;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.attention.Attention;
import dev.rapt.nn.attention.LatentAttention;
import dev.rapt.nn.attention.LightningIndexer;
import dev.rapt.nn.attention.Rope;
import dev.rapt.nn.attention.RopeScaling;
import dev.rapt.nn.block.Block;
import dev.rapt.nn.block.PreNormBlock;
import dev.rapt.nn.block.Residual;
import dev.rapt.nn.block.Stack;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * DeepSeek V2, V3, R1 and V3.2, arXiv:2405.04434, arXiv:2412.19437, DeepSeek-V3.2-Exp; what others
 * made of them: Kimi K2, arXiv:2507.20534, GLM-4.7-Flash and GLM-5, Z.ai 2026.
 */
public final class DeepSeek {
  /** {@code deepseek_v2}. */
  public static final Family<Config, Backbone> DEEPSEEK_V2 =
      new Family<>(
          "deepseek_v2", "DeepseekV2ForCausalLM", "model", Config::parseV2, DeepSeek::build);

  /** {@code deepseek_v3}. */
  public static final Family<Config, Backbone> DEEPSEEK_V3 =
      new Family<>(
          "deepseek_v3", "DeepseekV3ForCausalLM", "model", Config::parseV3, DeepSeek::build);

  /** {@code deepseek_v32}. */
  public static final Family<Config, Backbone> DEEPSEEK_V32 =
      new Family<>(
          "deepseek_v32", "DeepseekV32ForCausalLM", "model", Config::parseV32, DeepSeek::build);

  /** {@code glm4_moe_lite}. */
  public static final Family<Config, Backbone> GLM4_MOE_LITE =
      new Family<>(
          "glm4_moe_lite",
          "Glm4MoeLiteForCausalLM",
          "model",
          Config::parseGlmLite,
          DeepSeek::build);

  /** {@code glm_moe_dsa}. */
  public static final Family<Config, Backbone> GLM_MOE_DSA =
      new Family<>(
          "glm_moe_dsa", "GlmMoeDsaForCausalLM", "model", Config::parseGlmDsa, DeepSeek::build);

  /** {@code kimi_k2}. */
  public static final Family<Config, Backbone> KIMI_K2 =
      new Family<>("kimi_k2", "DeepseekV3ForCausalLM", "model", Config::parseV3, DeepSeek::build);

  /**
   * DeepSeek V2, V3 and V3.2, GLM-4.7-Flash and GLM-5: multi-head latent attention and a mixture of
   * experts.
   *
   * @param interleaved whether neighbours form a pair that attention's rope turns
   * @param attention widths of heads and of the latent of keys and values
   * @param queryLatentDim width of the latent of queries; 0 where they are projected directly
   * @param attentionBias whether down-projections and output of attention have biases
   * @param mlpBias whether the layers of MLPs have biases
   * @param indexing of sparse attention; null where queries look at all keys
   * @param numPredictLayers layers after the last, in the checkpoint, that predict further tokens;
   *     they are not loaded
   * @param dropout probability to drop an attention weight, in training
   */
  public record Config(
      String modelType,
      DecoderSizes sizes,
      Activation activation,
      float normEps,
      RopeConfig rope,
      boolean interleaved,
      LatentAttention.Sizes attention,
      int queryLatentDim,
      boolean attentionBias,
      boolean mlpBias,
      DeepSeekExperts experts,
      @Nullable Indexing indexing,
      int numPredictLayers,
      float dropout)
      implements SizedConfig {

    /**
     * The indexer of sparse attention.
     *
     * @param topK keys that a query keeps
     * @param interleaved whether neighbours form a pair that its rope turns
     */
    public record Indexing(int numHeads, int headDim, int topK, boolean interleaved) {}

    /** Reads a config.json of V2, V2.5 or V2-Lite. */
    public static Config parseV2(ConfigReader json) {
      return parse(json, DeepSeekExperts.Scoring.SOFTMAX, DeepSeekExperts.Defaults.V2, null);
    }

    /** Reads a config.json of V3, V3.1 or R1. */
    public static Config parseV3(ConfigReader json) {
      return parse(json, DeepSeekExperts.Scoring.SIGMOID, DeepSeekExperts.Defaults.V3, null);
    }

    /** Reads a config.json of V3.2. */
    public static Config parseV32(ConfigReader json) {
      return parseIndexed(json, DeepSeekExperts.Defaults.V3, false);
    }

    /** Reads a config.json of GLM-4.7-Flash: V3 without groups of experts. */
    public static Config parseGlmLite(ConfigReader json) {
      return parse(json, DeepSeekExperts.Scoring.SIGMOID, DeepSeekExperts.Defaults.GLM_LITE, null);
    }

    /** Reads a config.json of GLM-5: V3.2 whose indexer rotates neighbours. */
    public static Config parseGlmDsa(ConfigReader json) {
      if (json.intOr("index_topk_freq", 1) > 1
          || json.has("index_topk_pattern")
          || json.strings("indexer_types").contains("shared")) {
        throw json.error(
            json.has("indexer_types") ? "indexer_types" : "index_topk_freq",
            "must give every layer an indexer of its own, got layers that share one; this is not"
                + " supported yet");
      }
      return parseIndexed(json, DeepSeekExperts.Defaults.GLM5, true);
    }

    private static Config parseIndexed(
        ConfigReader json, DeepSeekExperts.Defaults defaults, boolean interleaved) {
      Indexing indexing =
          new Indexing(
              json.requireInt("index_n_heads", 1, 1 << 16),
              json.requireInt("index_head_dim", 1, 1 << 16),
              json.requireInt("index_topk", 1, Integer.MAX_VALUE),
              interleaved);
      Config config = parse(json, DeepSeekExperts.Scoring.SIGMOID, defaults, indexing);
      if (config.queryLatentDim == 0) {
        throw json.error(
            "q_lora_rank", "must be set, since the indexer reads the latent of queries");
      }
      if (indexing.headDim < config.attention.rotaryDim()) {
        throw json.error(
            "index_head_dim",
            "must be at least qk_rope_head_dim, got %d and %d"
                .formatted(indexing.headDim, config.attention.rotaryDim()));
      }
      return config;
    }

    private static Config parse(
        ConfigReader json,
        DeepSeekExperts.Scoring scoring,
        DeepSeekExperts.Defaults defaults,
        @Nullable Indexing indexing) {
      DecoderSizes sizes = DecoderSizes.parse(json, DecoderSizes.Keys.LLAMA, false);
      return new Config(
          json.requireString("model_type"),
          sizes,
          Activations.read(json, "hidden_act", "silu"),
          json.epsilonOr("rms_norm_eps", 1e-6),
          RopeConfig.parse(json, sizes.maxPositions()),
          json.boolOr("rope_interleave", true),
          new LatentAttention.Sizes(
              sizes.numHeads(),
              json.requireInt("qk_nope_head_dim", 1, 1 << 16),
              json.requireInt("qk_rope_head_dim", 1, 1 << 16),
              json.requireInt("v_head_dim", 1, 1 << 16),
              json.requireInt("kv_lora_rank", 1, Integer.MAX_VALUE)),
          json.intOr("q_lora_rank", 0, 1, Integer.MAX_VALUE),
          json.boolOr("attention_bias", false),
          json.boolOr("mlp_bias", false),
          DeepSeekExperts.parse(json, scoring, defaults, sizes.numLayers()),
          indexing,
          json.intOr("num_nextn_predict_layers", 0, 0, 1 << 10),
          json.dropoutOr("attention_dropout", 0));
    }

    @Override
    public int headDim() {
      return attention.headDim();
    }

    /** Factor of attention's scores. */
    public double scoreScale() {
      double plain = 1 / Math.sqrt(attention.headDim());
      return rope.scaling() instanceof RopeScaling.Yarn yarn
          ? plain * yarn.latentScoreFactor()
          : plain;
    }

    @Override
    public List<Pattern> unusedTensors() {
      return predictLayers(sizes.numLayers(), numPredictLayers);
    }

    /** Names of the layers that predict further tokens than the next, which follow the others. */
    public static List<Pattern> predictLayers(int numLayers, int numPredictLayers) {
      List<Pattern> names = new ArrayList<>();
      for (int i = 0; i < numPredictLayers; i++) {
        names.add(Pattern.compile("model\\.layers\\." + (numLayers + i) + "\\..*"));
      }
      return names;
    }
  }

  /** Of the norms of latents and of the indexer's keys, whatever the configuration says. */
  private static final float LATENT_EPS = 1e-6f;

  private final Config config;
  private final DecoderSizes sizes;
  private final DecoderParts parts;
  private final Rope rope;

  private DeepSeek(Config config) {
    this.config = config;
    sizes = config.sizes();
    parts = DecoderParts.of(sizes);
    rope = config.rope().rope(config.attention().rotaryDim(), config.interleaved());
  }

  /** A model with the parameters under {@code model} of a checkpoint. */
  public static Backbone build(Config config, ParameterSource source) {
    DeepSeek deepSeek = new DeepSeek(config);
    return new Stack(
        deepSeek.parts.embeddings(source),
        Stack.blocks(config.numLayers(), source.at("layers"), deepSeek::block),
        deepSeek.norm(source.at("norm")));
  }

  /** Attention, then MLP or experts, each on the normalised stream and added to it. */
  private Block block(int layer, ParameterSource source) {
    return new PreNormBlock(
        norm(source.at("input_layernorm")),
        attention(layer, source.at("self_attn")),
        norm(source.at("post_attention_layernorm")),
        config.experts().mlp(layer, source.at("mlp"), sizes, config.activation(), config.mlpBias()),
        Residual.of(layer, 0));
  }

  private Norm norm(ParameterSource source) {
    return parts.rmsNorm(source, config.normEps());
  }

  private LatentAttention attention(int layer, ParameterSource source) {
    LatentAttention.Sizes widths = config.attention();
    int D = sizes.hiddenSize();
    int H = widths.numHeads();
    int R = widths.latentDim();
    double std = sizes.initStd();
    boolean bias = config.attentionBias();
    long keptDim = (long) R + widths.rotaryDim();
    long upRows = (long) H * (widths.plainDim() + widths.valueDim());
    return new LatentAttention(
        widths,
        new LatentAttention.Projections(
            queries(source),
            Linear.of(source.at("kv_a_proj_with_mqa"), D, keptDim, bias, std),
            Norm.RmsNorm.of(source.at("kv_a_layernorm"), R, LATENT_EPS),
            source.at("kv_b_proj").get("weight", new Init.Normal(std), upRows, R),
            Linear.of(
                source.at("o_proj"), (long) H * widths.valueDim(), D, bias, sizes.residualStd())),
        rope,
        Attention.of(layer, config.headDim())
            .scaled(config.scoreScale())
            .withDropout(config.dropout()),
        indexer(layer, source.at("indexer")));
  }

  private LatentAttention.QueryProjection queries(ParameterSource source) {
    int D = sizes.hiddenSize();
    int rank = config.queryLatentDim();
    long width = (long) sizes.numHeads() * config.headDim();
    double std = sizes.initStd();
    return rank == 0
        ? new LatentAttention.QueryProjection(
            null, null, Linear.of(source.at("q_proj"), D, width, false, std))
        : new LatentAttention.QueryProjection(
            Linear.of(source.at("q_a_proj"), D, rank, config.attentionBias(), std),
            Norm.RmsNorm.of(source.at("q_a_layernorm"), rank, LATENT_EPS),
            Linear.of(source.at("q_b_proj"), rank, width, false, std));
  }

  private @Nullable LightningIndexer indexer(int layer, ParameterSource source) {
    Config.Indexing indexing = config.indexing();
    if (indexing == null) {
      return null;
    }
    int D = sizes.hiddenSize();
    int heads = indexing.numHeads();
    int width = indexing.headDim();
    double std = sizes.initStd();
    return new LightningIndexer(
        layer,
        Linear.of(source.at("wq_b"), config.queryLatentDim(), (long) heads * width, false, std),
        Linear.of(source.at("wk"), D, width, false, std),
        Norm.LayerNorm.of(source.at("k_norm"), width, LATENT_EPS, true),
        Linear.of(source.at("weights_proj"), D, heads, false, std),
        config.rope().rope(config.attention().rotaryDim(), indexing.interleaved()),
        heads,
        width,
        indexing.topK());
  }
}
