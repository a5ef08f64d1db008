package dev.rapt.model.decoder;

import dev.rapt.autograd.expert.ExpertChoice;
import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.kernel.Activation;
import dev.rapt.model.config.Activations;
import dev.rapt.model.config.DecoderSizes;
import dev.rapt.model.config.Mixture;
import dev.rapt.model.config.RopeConfig;
import dev.rapt.model.config.RouterLoss;
import dev.rapt.model.config.SizedConfig;
import dev.rapt.model.family.Family;
import dev.rapt.model.parts.DecoderParts;
import dev.rapt.model.parts.MixtureParts;
import dev.rapt.model.parts.PreNormDecoder;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.Init;
import dev.rapt.nn.Layer;
import dev.rapt.nn.Norm;
import dev.rapt.nn.Parameter;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.attention.SelfAttention;
import dev.rapt.nn.mlp.MoeMlp;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/**
 * ERNIE 4.5 and Helium: Llama with interleaved RoPE; ERNIE 4.5 also with a mixture of experts. A
 * pre-norm decoder with RMSNorm, grouped-query attention (GQA) and SwiGLU. ERNIE 4.5 Technical
 * Report, Baidu 2025; Helium, Kyutai 2025, huggingface.co/kyutai/helium-1-2b.
 *
 * <pre>
 * As Llama, but with interleaved RoPE, and in ernie4_5_moe:
 * mlp(h): SwiGLU(h) in some layers, in the others        (B, T, D)
 *         shared(h) + sum of w[e] SwiGLU[e](h) over the top-k experts e
 * w:      s = softmax(h Wrouter)                         (B, T, X), top-k of s + correction
 *         w = s / (sum of the chosen s)
 * </pre>
 */
public final class Ernie45 {
  /** {@code ernie4_5}. */
  public static final Family<Config, Backbone> FAMILY =
      new Family<>("ernie4_5", "Ernie4_5ForCausalLM", "model", Config::parseErnie, Ernie45::build);

  /** {@code ernie4_5_moe}. */
  public static final Family<MoeConfig, Backbone> ERNIE4_5_MOE =
      new Family<>(
          "ernie4_5_moe", "Ernie4_5_MoeForCausalLM", "model", MoeConfig::parse, Ernie45::buildMoe);

  /** {@code helium}. */
  public static final Family<Config, Backbone> HELIUM =
      new Family<>("helium", "HeliumForCausalLM", "model", Config::parseHelium, Ernie45::build);

  /**
   * What config.json of a dense ERNIE 4.5 or of Helium says.
   *
   * @param qkvBias whether the query, key and value projections have biases
   * @param outputBias whether the output projection of attention has a bias
   * @param mlpBias whether the three projections of the MLP have biases
   * @param dropout probability of dropout on attention weights, in training
   */
  public record Config(
      String modelType,
      DecoderSizes sizes,
      Activation activation,
      float normEps,
      RopeConfig rope,
      boolean qkvBias,
      boolean outputBias,
      boolean mlpBias,
      float dropout)
      implements SizedConfig {

    /** Reads a config.json of ERNIE 4.5. */
    public static Config parseErnie(ConfigReader json) {
      DecoderSizes sizes = DecoderSizes.parse(json, DecoderSizes.Keys.LLAMA, true);
      boolean bias = json.boolOr("use_bias", false);
      RopeConfig rope = RopeConfig.parse(json, sizes.maxPositions(), 5e5);
      return parse(json, sizes, 1e-5, rope, bias, bias, bias, 0);
    }

    /** Reads a config.json of Helium. */
    public static Config parseHelium(ConfigReader json) {
      DecoderSizes sizes = DecoderSizes.parse(json, DecoderSizes.Keys.LLAMA, false);
      RopeConfig rope = RopeConfig.parse(json, sizes.maxPositions(), 1e5);
      return parse(
          json,
          sizes,
          1e-8,
          rope,
          json.boolOr("attention_bias", false),
          false,
          json.boolOr("mlp_bias", false),
          json.dropoutOr("attention_dropout", 0));
    }

    private static Config parse(
        ConfigReader json,
        DecoderSizes sizes,
        double defaultEps,
        RopeConfig rope,
        boolean qkvBias,
        boolean outputBias,
        boolean mlpBias,
        float dropout) {
      return new Config(
          json.requireString("model_type"),
          sizes,
          Activations.read(json, "hidden_act", "silu"),
          json.epsilonOr("rms_norm_eps", defaultEps),
          rope,
          qkvBias,
          outputBias,
          mlpBias,
          dropout);
    }
  }

  /**
   * What config.json of ERNIE 4.5 with experts says.
   *
   * @param base what it shares with the dense models
   * @param mixture experts and their routing
   * @param sharedSize F of all shared experts together, which are one MLP; 0 for none
   * @param sparse whether each layer has experts; the others have a dense MLP
   */
  public record MoeConfig(Config base, Mixture mixture, int sharedSize, List<Boolean> sparse)
      implements SizedConfig {
    /** Up to this, a lower bound of the sum of weights changes no result. */
    private static final double LARGEST_NORM_MIN = 1e-6;

    /** Reads a config.json. */
    public static MoeConfig parse(ConfigReader json) {
      Config base = Config.parseErnie(json);
      double normMin = json.doubleOr("moe_norm_min", 1e-12);
      if (!(normMin <= LARGEST_NORM_MIN)) {
        throw json.error("moe_norm_min", "must be at most 1e-6, got " + normMin);
      }
      int numExperts = json.requireInt("moe_num_experts", 1, 1 << 16);
      int topK = json.requireInt("moe_k", 1, numExperts);
      int size = json.requireInt("moe_intermediate_size", 1, Integer.MAX_VALUE);
      return new MoeConfig(
          base,
          new Mixture(numExperts, topK, size, Mixture.SOFTMAX, RouterLoss.parse(json, topK)),
          Math.multiplyExact(size, json.intOr("moe_num_shared_experts", 2, 0, 1 << 10)),
          sparseLayers(json, base.numLayers()));
    }

    private static List<Boolean> sparseLayers(ConfigReader json, int numLayers) {
      int first = json.intOr("moe_layer_start_index", 1, 0, Integer.MAX_VALUE);
      int end = json.intOr("moe_layer_end_index", -1, -1, Integer.MAX_VALUE);
      int last = end == -1 ? numLayers - 1 : end;
      int step = json.intOr("moe_layer_interval", 1, 1, Integer.MAX_VALUE);
      return IntStream.range(0, numLayers)
          .mapToObj(layer -> (layer + 1) % step == 0 && layer >= first && layer <= last)
          .toList();
    }

    @Override
    public String modelType() {
      return base.modelType();
    }

    @Override
    public DecoderSizes sizes() {
      return base.sizes();
    }

    @Override
    public RouterLoss routerLoss() {
      return mixture.routerLoss();
    }

    @Override
    public List<Pattern> unusedTensors() {
      return List.of(Pattern.compile("(model\\.)?mtp_.*")); // multi-token prediction
    }
  }

  private final Config config;
  private final DecoderParts parts;

  private Ernie45(Config config) {
    this.config = config;
    parts = DecoderParts.of(config.sizes()).interleavedRope();
  }

  /** Builds the model without its head from the parameters under {@code model} of a checkpoint. */
  public static Backbone build(Config config, ParameterSource source) {
    Ernie45 model = new Ernie45(config);
    return PreNormDecoder.of(model.parts, model::norm, model::attention, model::mlp).build(source);
  }

  /** Builds a model with experts from the parameters under {@code model} of a checkpoint. */
  public static Backbone buildMoe(MoeConfig config, ParameterSource source) {
    Ernie45 model = new Ernie45(config.base());
    MixtureParts mixture = new MixtureParts(config.sizes(), config.mixture());
    return PreNormDecoder.of(
            model.parts,
            model::norm,
            model::attention,
            (layer, block) ->
                config.sparse().get(layer)
                    ? model.experts(config, mixture, block.at("mlp"))
                    : model.mlp(layer, block))
        .build(source);
  }

  private Layer attention(int layer, ParameterSource source) {
    ParameterSource own = source.at("self_attn");
    return new SelfAttention(
        parts.qkv(own, config.qkvBias()), // (B, T, H, E) and twice (B, T, G, E)
        parts.rope(config.rope()),
        parts.attention(layer).withDropout(config.dropout()), // (B, T, H E)
        parts.oProj(own, config.outputBias())); // (B, T, D)
  }

  /** SwiGLU. */
  private Layer mlp(int layer, ParameterSource source) {
    return parts.gatedMlp(source.at("mlp"), config.activation(), config.mlpBias());
  }

  /** Experts, chosen by softmax scores and a correction bias, and shared experts. */
  private Layer experts(MoeConfig moe, MixtureParts mixture, ParameterSource source) {
    Parameter correction =
        source
            .at("moe_statics")
            .get("e_score_correction_bias", Init.ZEROS, 1, moe.mixture().numExperts());
    return new MoeMlp(
        mixture.router(source.at("gate"), ExpertChoice.Score.SOFTMAX, correction),
        mixture.experts(source.at("experts"), config.activation()),
        moe.sharedSize() == 0
            ? null
            : mixture.sharedExpert(
                source.at("shared_experts"),
                moe.sharedSize(),
                config.activation(),
                config.mlpBias()),
        null);
  }

  private Norm norm(ParameterSource source) {
    return parts.rmsNorm(source, config.normEps());
  }
}
