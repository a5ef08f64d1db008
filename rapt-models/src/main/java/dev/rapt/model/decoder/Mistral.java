package dev.rapt.model.decoder;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.kernel.Activation;
import dev.rapt.model.config.Activations;
import dev.rapt.model.config.DecoderSizes;
import dev.rapt.model.config.LayerKind;
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
import dev.rapt.nn.attention.SelfAttention;
import dev.rapt.nn.attention.Temperature;
import dev.rapt.nn.mlp.ExpertMlp;
import dev.rapt.nn.mlp.MoeMlp;
import java.util.List;
import java.util.function.IntPredicate;

/**
 * Mistral: a pre-norm decoder with RMSNorm, half-split RoPE, GQA with a sliding window, and SwiGLU
 * or a mixture of experts. Mistral 7B, arXiv:2310.06825, section 2.
 *
 * <pre>
 * As {@link Llama}, but attention(h) of position p sees the keys of p - window + 1 to p.
 *
 * mistral:    the window in all layers, or in none
 * ministral:  the window in the layers that layer_types names
 * ministral3: attention scores times 1 + beta log(1 + floor(p / length)), arXiv:2501.19399
 * cwm:        full attention in layers 0, 4, 8, ..., the window in the others; Code World Model,
 *             arXiv:2510.02387, section 3
 * mixtral:    mlp(h) = sum over the top k experts of p_e expert_e(h), each expert a SwiGLU, with
 *             p = softmax(h Wrouter) over the top k; Mixtral, arXiv:2401.04088, section 2
 * </pre>
 */
public final class Mistral {
  /** {@code cwm}. */
  public static final Family<Config, Backbone> CWM =
      new Family<>("cwm", "CwmForCausalLM", "model", Config::parseCwm, Mistral::build);

  /** {@code ministral}. */
  public static final Family<Config, Backbone> MINISTRAL =
      new Family<>(
          "ministral", "MinistralForCausalLM", "model", Config::parseMinistral, Mistral::build);

  /** {@code ministral3}. */
  public static final Family<Config, Backbone> MINISTRAL3 =
      new Family<>(
          "ministral3", "Ministral3ForCausalLM", "model", Config::parseMinistral3, Mistral::build);

  /** {@code mistral}. */
  public static final Family<Config, Backbone> FAMILY =
      new Family<>("mistral", "MistralForCausalLM", "model", Config::parse, Mistral::build);

  /** {@code mixtral}. */
  public static final Family<MoeConfig, Backbone> MIXTRAL =
      new Family<>("mixtral", "MixtralForCausalLM", "model", MoeConfig::parse, Mistral::build);

  /**
   * Configuration of the dense models: Mistral, Ministral and CWM.
   *
   * @param kinds sliding window and RoPE of each layer
   * @param temperature factor of attention scores that grows with the position of the query
   * @param mlpBias whether the projections of the MLP have biases
   * @param dropout attention dropout, in training
   */
  public record Config(
      String modelType,
      DecoderSizes sizes,
      Activation activation,
      float normEps,
      List<LayerKind> kinds,
      Temperature temperature,
      boolean mlpBias,
      float dropout)
      implements SizedConfig {

    private static final int DEFAULT_WINDOW = 4096;
    private static final double DEFAULT_EPS = 1e-6;

    /** Reads a config.json of Mistral: all layers have the sliding window, or none has. */
    public static Config parse(ConfigReader json) {
      DecoderSizes sizes = DecoderSizes.parse(json, DecoderSizes.Keys.LLAMA, false);
      RopeConfig rope = RopeConfig.parse(json, sizes.maxPositions());
      LayerKind kind = new LayerKind(LayerKind.parseWindow(json, DEFAULT_WINDOW), rope);
      return uniform(json, sizes, kind, DEFAULT_EPS);
    }

    /** A model whose layers are all of one kind. */
    private static Config uniform(
        ConfigReader json, DecoderSizes sizes, LayerKind kind, double defaultEps) {
      return parse(
          json, sizes, LayerKind.alike(sizes.numLayers(), kind), Temperature.CONSTANT, defaultEps);
    }

    /** Reads a config.json of Ministral: {@code layer_types} names the sliding-window layers. */
    public static Config parseMinistral(ConfigReader json) {
      DecoderSizes sizes = DecoderSizes.parse(json, DecoderSizes.Keys.LLAMA, false);
      RopeConfig rope = RopeConfig.parse(json, sizes.maxPositions());
      return parse(
          json,
          sizes,
          kinds(json, sizes, rope, DEFAULT_WINDOW, _ -> true),
          Temperature.CONSTANT,
          DEFAULT_EPS);
    }

    /** Reads a config.json of Ministral 3: attention scores grow with the position of the query. */
    public static Config parseMinistral3(ConfigReader json) {
      DecoderSizes sizes = DecoderSizes.parse(json, DecoderSizes.Keys.LLAMA, false);
      RopeConfig rope = RopeConfig.parse(json, sizes.maxPositions());
      LayerKind kind = new LayerKind(LayerKind.parseWindow(json), rope);
      ConfigReader scaling = json.requireObject("rope_parameters");
      Temperature temperature =
          new Temperature(
              scaling.requireDouble("llama_4_scaling_beta"),
              scaling.requireInt("original_max_position_embeddings", 1, Integer.MAX_VALUE),
              0);
      return parse(json, sizes, LayerKind.alike(sizes.numLayers(), kind), temperature, DEFAULT_EPS);
    }

    /** Reads a config.json of CWM: layers 0, 4, 8, ... have full attention. */
    public static Config parseCwm(ConfigReader json) {
      DecoderSizes sizes = DecoderSizes.parse(json, DecoderSizes.Keys.LLAMA, false);
      RopeConfig rope = RopeConfig.parse(json, sizes.maxPositions(), 1e6);
      return parse(
          json,
          sizes,
          kinds(json, sizes, rope, 8192, layer -> layer % 4 != 0),
          Temperature.CONSTANT,
          DEFAULT_EPS);
    }

    /** Sliding-window layers by {@code layer_types}, else by their index; all full without one. */
    private static List<LayerKind> kinds(
        ConfigReader json,
        DecoderSizes sizes,
        RopeConfig rope,
        int defaultWindow,
        IntPredicate slidesByDefault) {
      int window = LayerKind.parseWindow(json, defaultWindow);
      return LayerKind.parse(
          json,
          sizes.numLayers(),
          layer -> window != 0 && slidesByDefault.test(layer),
          new LayerKind(window, rope),
          LayerKind.full(rope));
    }

    private static Config parse(
        ConfigReader json,
        DecoderSizes sizes,
        List<LayerKind> kinds,
        Temperature temperature,
        double defaultEps) {
      return new Config(
          json.requireString("model_type"),
          sizes,
          Activations.read(json, "hidden_act", "silu"),
          json.epsilonOr("rms_norm_eps", defaultEps),
          kinds,
          temperature,
          json.boolOr("mlp_bias", false),
          json.dropoutOr("attention_dropout", 0));
    }
  }

  /**
   * Configuration of Mixtral, whose layers all have a mixture of experts.
   *
   * @param base what it has in common with Mistral
   */
  public record MoeConfig(Config base, Mixture mixture) implements SizedConfig {
    /** Reads a config.json. */
    public static MoeConfig parse(ConfigReader json) {
      DecoderSizes sizes = DecoderSizes.parse(json, DecoderSizes.Keys.LLAMA, false);
      RopeConfig rope = RopeConfig.parse(json, sizes.maxPositions(), 1e6);
      LayerKind kind = new LayerKind(LayerKind.parseWindow(json), rope);
      return new MoeConfig(
          Config.uniform(json, sizes, kind, 1e-5),
          Mixture.parse(json, "intermediate_size", Mixture.SOFTMAX));
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

  private Mistral(Config config) {
    this.config = config;
    parts = DecoderParts.of(config.sizes());
  }

  /** Builds a dense model without its head from the parameters under {@code model}. */
  public static Backbone build(Config config, ParameterSource source) {
    Mistral model = new Mistral(config);
    return model.decoder(model::mlp).build(source);
  }

  /** Builds a Mixtral without its head from the parameters under {@code model}. */
  public static Backbone build(MoeConfig config, ParameterSource source) {
    Mistral model = new Mistral(config.base());
    MixtureParts mixture = new MixtureParts(config.sizes(), config.mixture());
    return model
        .decoder((_, layer) -> model.experts(mixture, layer.at("block_sparse_moe")))
        .build(source);
  }

  private PreNormDecoder decoder(LayerPart mlp) {
    return PreNormDecoder.of(
        parts, norm -> parts.rmsNorm(norm, config.normEps()), this::attention, mlp);
  }

  /** GQA, within the sliding window in the layers that have one. */
  private Layer attention(int layer, ParameterSource source) {
    ParameterSource own = source.at("self_attn");
    LayerKind kind = config.kinds().get(layer);
    return new SelfAttention(
        parts.qkv(own, false),
        parts.rope(kind),
        parts
            .attention(layer, kind)
            .withTemperature(config.temperature())
            .withDropout(config.dropout()),
        parts.oProj(own, false));
  }

  private Layer mlp(int layer, ParameterSource source) {
    return parts.gatedMlp(source.at("mlp"), config.activation(), config.mlpBias());
  }

  private Layer experts(MixtureParts mixture, ParameterSource source) {
    return new MoeMlp(
        mixture.router(source.at("gate"), false),
        mixture.experts(source.at("experts"), ExpertMlp.Gated.Names.NUMBERED, config.activation()));
  }
}
