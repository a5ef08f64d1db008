package dev.rapt.model.decoder;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.kernel.Activation;
import dev.rapt.model.config.Activations;
import dev.rapt.model.config.DecoderSizes;
import dev.rapt.model.config.RopeConfig;
import dev.rapt.model.config.SizedConfig;
import dev.rapt.model.family.Family;
import dev.rapt.model.parts.DecoderParts;
import dev.rapt.model.parts.DeepSeekMoe;
import dev.rapt.model.parts.PreNormDecoder;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.Init;
import dev.rapt.nn.Layer;
import dev.rapt.nn.Linear;
import dev.rapt.nn.Norm;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.attention.Attention;
import dev.rapt.nn.attention.LatentAttention;
import dev.rapt.nn.attention.LightningIndexer;
import dev.rapt.nn.attention.Rope;
import dev.rapt.nn.attention.RopeScaling;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * DeepSeek V2, V3 and V3.2: a pre-norm decoder with RMSNorm, multi-head latent attention (MLA) and
 * DeepSeekMoE, a mixture of experts with shared experts. DeepSeek-V2, arXiv:2405.04434;
 * DeepSeek-V3, arXiv:2412.19437; DeepSeek-V3.2-Exp, DeepSeek 2025.
 *
 * <pre>
 * x = embedding[ids]                                     (B, T, D)
 * L times:
 *   x = x + attention(norm(x))                           (B, T, D)
 *   x = x + mlp(norm(x))                                 (B, T, D)
 * logits = head(norm(x))                                 (B, T, V)
 *
 * attention(h): cq = norm(h Wqa)                         (B, T, Rq), latent of queries
 *               q = cq Wqb = [q0, rope(q1)]              (B, T, H, N + P)
 *               [c, k1] = h Wkva, c = norm(c)            (B, T, R) and (B, T, P), the KV cache
 *               [k0, v] = c Wkvb                         (B, T, H, N) and (B, T, H, V)
 *               k = [k0, rope(k1)]                       k1 is shared by all heads
 *               softmax(scale q k') v Wo                 (B, T, H V) to (B, T, D)
 * mlp(h):       SwiGLU(h) in the first layers, then DeepSeekMoE: see {@link DeepSeekMoe}
 * </pre>
 *
 * <ul>
 *   <li>{@code deepseek_v2} (V2, V2.5, V2-Lite): softmax routing; V2-Lite projects queries
 *       directly.
 *   <li>{@code deepseek_v3} (V3, V3.1, R1), {@code kimi_k2} (Kimi K2, arXiv:2507.20534): sigmoid
 *       routing with a correction bias.
 *   <li>{@code deepseek_v32} (V3.2): V3 with sparse attention: a lightning indexer chooses the keys
 *       of each query.
 *   <li>{@code glm4_moe_lite} (GLM-4.7-Flash, Z.ai 2026): V3 without groups of experts.
 *   <li>{@code glm_moe_dsa} (GLM-5, Z.ai 2026): V3.2 with interleaved RoPE in the indexer.
 * </ul>
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
   * What config.json of a DeepSeek model says.
   *
   * @param interleaved whether attention has interleaved RoPE instead of half-split
   * @param attention head widths and the width of the latent of keys and values
   * @param queryLatentDim width of the latent of queries; 0 where queries are projected directly
   * @param attentionBias whether down-projections and output projection of attention have biases
   * @param mlpBias whether the projections of dense and shared MLPs have biases
   * @param experts the mixture of experts, and which layers have it
   * @param indexing the indexer of sparse attention; null for full attention
   * @param numMtpLayers layers for multi-token prediction (MTP), which follow the last layer in a
   *     checkpoint and are not loaded
   * @param dropout probability of dropout on attention weights, in training
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
      DeepSeekMoe experts,
      @Nullable Indexing indexing,
      int numMtpLayers,
      float dropout)
      implements SizedConfig {

    /**
     * The lightning indexer of sparse attention.
     *
     * @param numHeads heads of the indexer
     * @param headDim width of a head of the indexer
     * @param topK keys that each query attends to
     * @param interleaved whether the indexer has interleaved RoPE instead of half-split
     */
    public record Indexing(int numHeads, int headDim, int topK, boolean interleaved) {}

    /** Reads a config.json of V2, V2.5 or V2-Lite. */
    public static Config parseV2(ConfigReader json) {
      return parse(json, DeepSeekMoe.Scoring.SOFTMAX, DeepSeekMoe.Defaults.V2, null);
    }

    /** Reads a config.json of V3, V3.1 or R1. */
    public static Config parseV3(ConfigReader json) {
      return parse(json, DeepSeekMoe.Scoring.SIGMOID, DeepSeekMoe.Defaults.V3, null);
    }

    /** Reads a config.json of V3.2. */
    public static Config parseV32(ConfigReader json) {
      return parseIndexed(json, DeepSeekMoe.Defaults.V3, false);
    }

    /** Reads a config.json of GLM-4.7-Flash: V3 without groups of experts. */
    public static Config parseGlmLite(ConfigReader json) {
      return parse(json, DeepSeekMoe.Scoring.SIGMOID, DeepSeekMoe.Defaults.GLM_LITE, null);
    }

    /** Reads a config.json of GLM-5: V3.2 with interleaved RoPE in the indexer. */
    public static Config parseGlmDsa(ConfigReader json) {
      if (json.intOr("index_topk_freq", 1) > 1
          || json.has("index_topk_pattern")
          || json.strings("indexer_types").contains("shared")) {
        throw json.error(
            json.has("indexer_types") ? "indexer_types" : "index_topk_freq",
            "every layer must have its own indexer, got layers that share one, which is not"
                + " supported");
      }
      return parseIndexed(json, DeepSeekMoe.Defaults.GLM5, true);
    }

    private static Config parseIndexed(
        ConfigReader json, DeepSeekMoe.Defaults defaults, boolean interleaved) {
      Indexing indexing =
          new Indexing(
              json.requireInt("index_n_heads", 1, 1 << 16),
              json.requireInt("index_head_dim", 1, 1 << 16),
              json.requireInt("index_topk", 1, Integer.MAX_VALUE),
              interleaved);
      Config config = parse(json, DeepSeekMoe.Scoring.SIGMOID, defaults, indexing);
      if (config.queryLatentDim == 0) {
        throw json.error(
            "q_lora_rank",
            "must be set, because the indexer reads the latent of queries, got none");
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
        DeepSeekMoe.Scoring scoring,
        DeepSeekMoe.Defaults defaults,
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
          DeepSeekMoe.parse(json, scoring, defaults, sizes.numLayers()),
          indexing,
          json.intOr("num_nextn_predict_layers", 0, 0, 1 << 10),
          json.dropoutOr("attention_dropout", 0));
    }

    @Override
    public int headDim() {
      return attention.headDim();
    }

    /** Scale of attention scores: 1 / sqrt(N + P), corrected where YaRN extends the context. */
    public double scoreScale() {
      double plain = 1 / Math.sqrt(attention.headDim());
      return rope.scaling() instanceof RopeScaling.Yarn yarn
          ? plain * yarn.latentScoreFactor()
          : plain;
    }

    @Override
    public List<Pattern> unusedTensors() {
      return mtpLayers(sizes.numLayers(), numMtpLayers);
    }

    /** Names of the layers for multi-token prediction, which follow the last layer. */
    public static List<Pattern> mtpLayers(int numLayers, int numMtpLayers) {
      List<Pattern> names = new ArrayList<>();
      for (int i = 0; i < numMtpLayers; i++) {
        names.add(Pattern.compile("model\\.layers\\." + (numLayers + i) + "\\..*"));
      }
      return names;
    }
  }

  /** Epsilon of the norms of latents and of the indexer's keys; no configuration changes it. */
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

  /** Builds the model without its head from the parameters under {@code model} of a checkpoint. */
  public static Backbone build(Config config, ParameterSource source) {
    DeepSeek deepSeek = new DeepSeek(config);
    return PreNormDecoder.of(deepSeek.parts, deepSeek::norm, deepSeek::attention, deepSeek::mlp)
        .build(source);
  }

  /** Multi-head latent attention. */
  private Layer attention(int layer, ParameterSource block) {
    ParameterSource source = block.at("self_attn");
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

  /** norm(h Wqa) Wqb, or h Wq: (B, T, D) to (B, T, H (N + P)). */
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

  /** The lightning indexer, which chooses the keys of each query; null for full attention. */
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

  /** SwiGLU in the first layers, then DeepSeekMoE. */
  private Layer mlp(int layer, ParameterSource source) {
    return config
        .experts()
        .mlp(layer, source.at("mlp"), sizes, config.activation(), config.mlpBias());
  }

  private Norm norm(ParameterSource source) {
    return parts.rmsNorm(source, config.normEps());
  }
}
