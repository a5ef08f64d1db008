package dev.rapt.model.decoder;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.kernel.Activation;
import dev.rapt.model.config.Activations;
import dev.rapt.model.config.DecoderSizes;
import dev.rapt.model.config.LayerKind;
import dev.rapt.model.config.RopeConfig;
import dev.rapt.model.config.SizedConfig;
import dev.rapt.model.family.Family;
import dev.rapt.model.parts.DecoderParts;
import dev.rapt.model.parts.PreNormDecoder;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.attention.SelfAttention;
import dev.rapt.nn.attention.Temperature;
import java.util.List;
import java.util.function.IntPredicate;

/**
 * Mistral 7B and its successors, arXiv:2310.06825, section 2; Code World Model, arXiv:2510.02387,
 * section 3.
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

  /**
   * Mistral, Ministral and CWM: Llama with attention over a window in all layers or some.
   *
   * @param kinds what each layer sees
   * @param temperature how scores grow with the position of the query
   * @param mlpBias whether the layers of the MLP have biases
   * @param dropout probability to drop an attention weight, in training
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

    /** Reads a config.json of Mistral: all layers have the window, if there is one. */
    public static Config parse(ConfigReader json) {
      DecoderSizes sizes = DecoderSizes.parse(json, DecoderSizes.Keys.LLAMA, false);
      RopeConfig rope = RopeConfig.parse(json, sizes.maxPositions());
      LayerKind kind = new LayerKind(LayerKind.parseWindow(json, DEFAULT_WINDOW), rope);
      return alike(json, sizes, kind, DEFAULT_EPS);
    }

    /** Reads what a config.json of Mixtral has in common with Mistral. */
    static Config parseMixtral(ConfigReader json) {
      DecoderSizes sizes = DecoderSizes.parse(json, DecoderSizes.Keys.LLAMA, false);
      RopeConfig rope = RopeConfig.parse(json, sizes.maxPositions(), 1e6);
      return alike(json, sizes, new LayerKind(LayerKind.parseWindow(json), rope), 1e-5);
    }

    private static Config alike(
        ConfigReader json, DecoderSizes sizes, LayerKind kind, double defaultEps) {
      return parse(
          json, sizes, LayerKind.alike(sizes.numLayers(), kind), Temperature.CONSTANT, defaultEps);
    }

    /** Reads a config.json of Ministral: {@code layer_types} says which layers have the window. */
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

    /** Reads a config.json of Ministral 3, whose scores grow beyond the first trained length. */
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

    /** Reads a config.json of CWM: every fourth layer, from the first on, sees everything. */
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

    /** Layers with the window by {@code layer_types}, or else by number; all full without one. */
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

  private final Config config;
  private final DecoderParts parts;

  private Mistral(Config config) {
    this.config = config;
    parts = DecoderParts.of(config.sizes());
  }

  /** A model with the parameters under {@code model} of a checkpoint. */
  public static Backbone build(Config config, ParameterSource source) {
    return new Mistral(config).decoder().build(source);
  }

  private PreNormDecoder decoder() {
    return PreNormDecoder.of(
        parts,
        norm -> parts.rmsNorm(norm, config.normEps()),
        this::attention,
        (_, layer) -> parts.gatedMlp(layer.at("mlp"), config.activation(), config.mlpBias()));
  }

  private SelfAttention attention(int layer, ParameterSource source) {
    return attention(config, parts, layer, source.at("self_attn"));
  }

  /** Attention of Mistral, with or without experts beside it. */
  static SelfAttention attention(
      Config config, DecoderParts parts, int layer, ParameterSource self) {
    LayerKind kind = config.kinds().get(layer);
    return new SelfAttention(
        parts.qkv(self, false),
        parts.rope(kind),
        parts
            .attention(layer, kind)
            .withTemperature(config.temperature())
            .withDropout(config.dropout()),
        parts.oProj(self, false));
  }
}
