package dev.rapt.model.qwen;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.kernel.Activation;
import dev.rapt.model.config.Activations;
import dev.rapt.model.config.DecoderSizes;
import dev.rapt.model.config.LayerKind;
import dev.rapt.model.config.RopeConfig;
import dev.rapt.model.config.SizedConfig;
import java.util.List;

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
    return parse(json, true, false, false);
  }

  /** Reads a config.json of Qwen 3. */
  public static QwenConfig parseQwen3(ConfigReader json) {
    boolean bias = json.boolOr("attention_bias", false);
    return parse(json, bias, bias, true);
  }

  private static QwenConfig parse(
      ConfigReader json, boolean qkvBias, boolean outputBias, boolean headNorms) {
    DecoderSizes sizes = DecoderSizes.parse(json, DecoderSizes.Keys.LLAMA, false);
    return new QwenConfig(
        json.requireString("model_type"),
        sizes,
        Activations.read(json, "hidden_act", "silu"),
        json.epsilonOr("rms_norm_eps", 1e-6),
        kinds(json, sizes),
        qkvBias,
        outputBias,
        headNorms,
        json.dropoutOr("attention_dropout", 0));
  }

  /** The layers of a file with a window from {@code max_window_layers} on, if it is in use. */
  public static List<LayerKind> kinds(ConfigReader json, DecoderSizes sizes) {
    RopeConfig rope = RopeConfig.parse(json, sizes.maxPositions());
    int window = json.boolOr("use_sliding_window", false) ? LayerKind.parseWindow(json) : 0;
    int firstSliding = json.intOr("max_window_layers", 28, 0, Integer.MAX_VALUE);
    return LayerKind.parse(
        json,
        sizes.numLayers(),
        layer -> window != 0 && layer >= firstSliding,
        new LayerKind(window, rope),
        LayerKind.full(rope));
  }

  /** The same with or without biases of queries, keys and values. */
  QwenConfig withQkvBias(boolean bias) {
    return new QwenConfig(
        modelType, sizes, activation, normEps, kinds, bias, outputBias, headNorms, dropout);
  }
}
