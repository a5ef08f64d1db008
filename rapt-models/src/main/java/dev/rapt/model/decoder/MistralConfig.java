package dev.rapt.model.decoder;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.kernel.Activation;
import dev.rapt.model.config.Activations;
import dev.rapt.model.config.DecoderSizes;
import dev.rapt.model.config.LayerKind;
import dev.rapt.model.config.RopeConfig;
import dev.rapt.model.config.SizedConfig;
import dev.rapt.nn.attention.Attention;
import java.util.List;
import java.util.function.IntPredicate;

/**
 * Mistral, Ministral and CWM: Llama with attention over a window in all layers or some.
 *
 * @param kinds what each layer sees
 * @param temperature how scores grow with the position of the query
 * @param mlpBias whether the layers of the MLP have biases
 * @param dropout probability to drop an attention weight, in training
 */
public record MistralConfig(
    String modelType,
    DecoderSizes sizes,
    Activation activation,
    float normEps,
    List<LayerKind> kinds,
    Attention.Temperature temperature,
    boolean mlpBias,
    float dropout)
    implements SizedConfig {

  private static final int DEFAULT_WINDOW = 4096;
  private static final double DEFAULT_EPS = 1e-6;

  /** Reads a config.json of Mistral: all layers have the window, if there is one. */
  public static MistralConfig parse(ConfigReader json) {
    DecoderSizes sizes = DecoderSizes.parse(json, DecoderSizes.Keys.LLAMA, false);
    RopeConfig rope = RopeConfig.parse(json, sizes.maxPositions());
    LayerKind kind = new LayerKind(LayerKind.parseWindow(json, DEFAULT_WINDOW), rope);
    return alike(json, sizes, kind, DEFAULT_EPS);
  }

  /** Reads what a config.json of Mixtral has in common with Mistral. */
  static MistralConfig parseMixtral(ConfigReader json) {
    DecoderSizes sizes = DecoderSizes.parse(json, DecoderSizes.Keys.LLAMA, false);
    RopeConfig rope = RopeConfig.parse(json, sizes.maxPositions(), 1e6);
    return alike(json, sizes, new LayerKind(LayerKind.parseWindow(json), rope), 1e-5);
  }

  private static MistralConfig alike(
      ConfigReader json, DecoderSizes sizes, LayerKind kind, double defaultEps) {
    return parse(
        json,
        sizes,
        LayerKind.alike(sizes.numLayers(), kind),
        Attention.Temperature.CONSTANT,
        defaultEps);
  }

  /** Reads a config.json of Ministral: {@code layer_types} says which layers have the window. */
  public static MistralConfig parseMinistral(ConfigReader json) {
    DecoderSizes sizes = DecoderSizes.parse(json, DecoderSizes.Keys.LLAMA, false);
    RopeConfig rope = RopeConfig.parse(json, sizes.maxPositions());
    return parse(
        json,
        sizes,
        kinds(json, sizes, rope, DEFAULT_WINDOW, _ -> true),
        Attention.Temperature.CONSTANT,
        DEFAULT_EPS);
  }

  /** Reads a config.json of Ministral 3, whose scores grow beyond the first trained length. */
  public static MistralConfig parseMinistral3(ConfigReader json) {
    DecoderSizes sizes = DecoderSizes.parse(json, DecoderSizes.Keys.LLAMA, false);
    RopeConfig rope = RopeConfig.parse(json, sizes.maxPositions());
    LayerKind kind = new LayerKind(LayerKind.parseWindow(json), rope);
    ConfigReader scaling = json.requireObject("rope_parameters");
    Attention.Temperature temperature =
        new Attention.Temperature(
            scaling.requireDouble("llama_4_scaling_beta"),
            scaling.requireInt("original_max_position_embeddings", 1, Integer.MAX_VALUE),
            0);
    return parse(json, sizes, LayerKind.alike(sizes.numLayers(), kind), temperature, DEFAULT_EPS);
  }

  /** Reads a config.json of CWM: every fourth layer, from the first on, sees everything. */
  public static MistralConfig parseCwm(ConfigReader json) {
    DecoderSizes sizes = DecoderSizes.parse(json, DecoderSizes.Keys.LLAMA, false);
    RopeConfig rope = RopeConfig.parse(json, sizes.maxPositions(), 1e6);
    return parse(
        json,
        sizes,
        kinds(json, sizes, rope, 8192, layer -> layer % 4 != 0),
        Attention.Temperature.CONSTANT,
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

  private static MistralConfig parse(
      ConfigReader json,
      DecoderSizes sizes,
      List<LayerKind> kinds,
      Attention.Temperature temperature,
      double defaultEps) {
    return new MistralConfig(
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
