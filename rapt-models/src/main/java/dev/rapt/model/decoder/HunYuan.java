package dev.rapt.model.decoder;

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
import dev.rapt.model.parts.LayerPart;
import dev.rapt.model.parts.MixtureParts;
import dev.rapt.model.parts.PreNormDecoder;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.Layer;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.attention.RopeScaling;
import dev.rapt.nn.attention.SelfAttention;
import dev.rapt.nn.mlp.MoeMlp;
import java.util.Set;
import java.util.TreeSet;

/**
 * HunYuan: a pre-norm decoder with RMSNorm, half-split RoPE, GQA, QK-norm after the rotation, and
 * SwiGLU. Hunyuan-Large, arXiv:2411.02265, section 2.
 *
 * <pre>
 * As {@link Llama}, but:
 * attention(h): q = norm(rope(h Wq)), k = norm(rope(h Wk))   per head, one weight (E) for all
 *
 * hunyuan_v1_dense (0.5B to 7B): mlp is SwiGLU
 * hunyuan_v1_moe (A13B):         mlp(h) = shared(h) + sum over the top k experts of p_e expert_e(h)
 *                                p = softmax(h Wrouter), divided by its sum over the top k
 * </pre>
 */
public final class HunYuan {
  /** {@code hunyuan_v1_dense}. */
  public static final Family<Config, Backbone> FAMILY =
      new Family<>(
          "hunyuan_v1_dense", "HunYuanDenseV1ForCausalLM", "model", Config::parse, HunYuan::build);

  /** {@code hunyuan_v1_moe}. */
  public static final Family<MoeConfig, Backbone> HUNYUAN_V1_MOE =
      new Family<>(
          "hunyuan_v1_moe", "HunYuanMoEV1ForCausalLM", "model", MoeConfig::parse, HunYuan::build);

  /**
   * Configuration of a dense HunYuan.
   *
   * @param attentionBias whether the projections of attention have biases
   * @param dropout attention dropout, in training
   */
  public record Config(
      String modelType,
      DecoderSizes sizes,
      Activation activation,
      float normEps,
      RopeConfig rope,
      boolean attentionBias,
      float dropout)
      implements SizedConfig {

    /** Reads a config.json. */
    public static Config parse(ConfigReader json) {
      DecoderSizes sizes = DecoderSizes.parse(json, DecoderSizes.Keys.LLAMA, false);
      return new Config(
          json.requireString("model_type"),
          sizes,
          Activations.read(json, "hidden_act", "silu"),
          json.epsilonOr("rms_norm_eps", 1e-5),
          rope(json, sizes),
          json.boolOr("attention_bias", false),
          json.dropoutOr("attention_dropout", 0));
    }

    /**
     * NTK-aware RoPE with a fixed {@code alpha}: the base is multiplied by alpha^(E / (E - 2)) at
     * all lengths.
     */
    private static RopeConfig rope(ConfigReader json, DecoderSizes sizes) {
      RopeConfig rope = RopeConfig.parse(json, sizes.maxPositions());
      double alpha =
          json.object("rope_parameters")
              .or(() -> json.object("rope_scaling"))
              .map(scaling -> scaling.doubleOr("alpha", 0))
              .orElse(0.0);
      double E = sizes.headDim();
      return rope.scaling() instanceof RopeScaling.Dynamic && alpha != 0
          ? new RopeConfig(rope.theta() * Math.pow(alpha, E / (E - 2)), new RopeScaling.None())
          : rope;
    }
  }

  /**
   * Configuration of a HunYuan with a mixture of experts and a shared expert in every layer.
   *
   * @param base what it has in common with a dense HunYuan
   */
  public record MoeConfig(Config base, Mixture mixture) implements SizedConfig {
    /** Reads a config.json. */
    public static MoeConfig parse(ConfigReader json) {
      Config base = Config.parse(json);
      int size = base.sizes().intermediateSize();
      int numExperts = json.requireInt("num_experts", 1, 1 << 16);
      int topK = uniform(json, "moe_topk", 1);
      requireUniform(json, "moe_intermediate_size", size);
      requireUniform(json, "num_shared_expert", 1);
      if (json.boolOr("use_cla", false)) {
        throw json.error(
            "use_cla", "must be false: cross-layer attention (CLA) is not supported, got true");
      }
      return new MoeConfig(
          base, new Mixture(numExperts, topK, size, Mixture.SOFTMAX, RouterLoss.parse(json, topK)));
    }

    /** Reads one number, or a list that holds the same number for every layer. */
    private static int uniform(ConfigReader json, String key, int absent) {
      Set<Integer> values = new TreeSet<>(json.ints(key));
      if (values.size() > 1) {
        throw json.error(key, "must be the same in all layers, got " + values);
      }
      return values.stream().findFirst().orElse(absent);
    }

    private static void requireUniform(ConfigReader json, String key, int expected) {
      int value = uniform(json, key, expected);
      if (value != expected) {
        throw json.error(key, "must be %d, got %d".formatted(expected, value));
      }
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
  }

  private final Config config;
  private final DecoderParts parts;

  private HunYuan(Config config) {
    this.config = config;
    parts = DecoderParts.of(config.sizes());
  }

  /** Builds a dense model without its head from the parameters under {@code model}. */
  public static Backbone build(Config config, ParameterSource source) {
    HunYuan model = new HunYuan(config);
    return model
        .decoder((_, layer) -> model.parts.gatedMlp(layer.at("mlp"), config.activation(), false))
        .build(source);
  }

  /** Builds a model with experts, without its head, from the parameters under {@code model}. */
  public static Backbone build(MoeConfig config, ParameterSource source) {
    HunYuan model = new HunYuan(config.base());
    MixtureParts mixture = new MixtureParts(config.sizes(), config.mixture());
    return model.decoder((_, layer) -> model.experts(mixture, layer.at("mlp"))).build(source);
  }

  private PreNormDecoder decoder(LayerPart mlp) {
    return PreNormDecoder.of(
        parts, norm -> parts.rmsNorm(norm, config.normEps()), this::attention, mlp);
  }

  /** GQA whose queries and keys are rotated first, then normalised. */
  private Layer attention(int layer, ParameterSource source) {
    ParameterSource own = source.at("self_attn");
    return new SelfAttention(
        parts.qkv(own, config.attentionBias()),
        parts.qkNorm(own.at("query_layernorm"), config.normEps()),
        parts.qkNorm(own.at("key_layernorm"), config.normEps()),
        parts.rope(config.rope()),
        parts.attention(layer).withDropout(config.dropout()),
        parts.oProj(own, config.attentionBias()),
        true);
  }

  private Layer experts(MixtureParts mixture, ParameterSource source) {
    Activation activation = config.activation();
    return new MoeMlp(
        mixture.router(source.at("gate").at("wg"), false),
        mixture.experts(source.at("experts"), activation),
        parts.gatedMlp(source.at("shared_mlp"), activation, false),
        null);
  }
}
