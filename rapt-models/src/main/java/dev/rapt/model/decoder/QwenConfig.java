package dev.rapt.model.decoder;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.kernel.Activation;
import dev.rapt.model.config.Activations;
import dev.rapt.model.config.DecoderSizes;
import dev.rapt.model.config.LayerKind;
import dev.rapt.model.config.RopeConfig;
import dev.rapt.model.config.SizedConfig;
import java.util.List;
import java.util.function.IntPredicate;

/**
 * Qwen 2 and Qwen 3: Llama with biases on queries, keys and values, or with norms of queries and
 * keys; layers from some depth on may have a window.
 *
 * @param kinds what each layer sees
 * @param qkvBias whether queries, keys and values have biases
 * @param outputBias whether the output of attention has one
 * @param headNorms whether each head of queries and keys is normalised
 * @param dropout probability to drop an attention weight, in training
 */
public record QwenConfig(
    String modelType,
    DecoderSizes sizes,
    Activation activation,
    float normEps,
    List<LayerKind> kinds,
    boolean qkvBias,
    boolean outputBias,
    boolean headNorms,
    float dropout)
    implements SizedConfig {

  /** Reads a config.json of Qwen 2 or 2.5. */
  public static QwenConfig parseQwen2(ConfigReader json) {
    return parse(json, true, false, false, fromSomeDepthOn(json));
  }

  /** Reads a config.json of Qwen 2 whose layers with a window are others by default. */
  static QwenConfig parseQwen2(ConfigReader json, boolean qkvBias, IntPredicate slidesByDefault) {
    return parse(json, qkvBias, false, false, slidesByDefault);
  }

  /** Reads a config.json of Qwen 3. */
  public static QwenConfig parseQwen3(ConfigReader json) {
    return parseQwen3(json, fromSomeDepthOn(json));
  }

  /** Reads a config.json of Qwen 3 whose layers with a window are others by default. */
  static QwenConfig parseQwen3(ConfigReader json, IntPredicate slidesByDefault) {
    boolean bias = json.boolOr("attention_bias", false);
    return parse(json, bias, bias, true, slidesByDefault);
  }

  private static QwenConfig parse(
      ConfigReader json,
      boolean qkvBias,
      boolean outputBias,
      boolean headNorms,
      IntPredicate slidesByDefault) {
    DecoderSizes sizes = DecoderSizes.parse(json, DecoderSizes.Keys.LLAMA, false);
    return new QwenConfig(
        json.requireString("model_type"),
        sizes,
        Activations.read(json, "hidden_act", "silu"),
        json.epsilonOr("rms_norm_eps", 1e-6),
        kinds(json, sizes, slidesByDefault),
        qkvBias,
        outputBias,
        headNorms,
        json.dropoutOr("attention_dropout", 0));
  }

  private static IntPredicate fromSomeDepthOn(ConfigReader json) {
    int first = json.intOr("max_window_layers", 28, 0, Integer.MAX_VALUE);
    return layer -> layer >= first;
  }

  /** No layer has a window unless {@code use_sliding_window} says so. */
  private static List<LayerKind> kinds(
      ConfigReader json, DecoderSizes sizes, IntPredicate slidesByDefault) {
    RopeConfig rope = RopeConfig.parse(json, sizes.maxPositions());
    int window = json.boolOr("use_sliding_window", false) ? LayerKind.parseWindow(json, 4096) : 0;
    return LayerKind.parse(
        json,
        sizes.numLayers(),
        layer -> window != 0 && slidesByDefault.test(layer),
        new LayerKind(window, rope),
        LayerKind.full(rope));
  }
}
