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
import tools.jackson.databind.JsonNode;

/**
 * EXAONE 4: norms of what attention and MLP put out, and of each head of queries and keys; layers
 * with a window rotate, the others do not.
 *
 * @param kinds what each layer sees, and whether it rotates
 * @param dropout probability to drop an attention weight, in training
 */
public record Exaone4Config(
    String modelType,
    DecoderSizes sizes,
    Activation activation,
    float normEps,
    List<LayerKind> kinds,
    float dropout)
    implements SizedConfig {

  /** Reads a config.json. */
  public static Exaone4Config parse(ConfigReader json) {
    DecoderSizes sizes = DecoderSizes.parse(json, DecoderSizes.Keys.LLAMA, false);
    return new Exaone4Config(
        json.requireString("model_type"),
        sizes,
        Activations.read(json, "hidden_act", "silu"),
        json.epsilonOr("rms_norm_eps", 1e-5),
        kinds(json, sizes),
        json.dropoutOr("attention_dropout", 0));
  }

  /** A model without any window rotates everywhere. */
  private static List<LayerKind> kinds(ConfigReader json, DecoderSizes sizes) {
    RopeConfig rope = RopeConfig.parse(json, sizes.maxPositions());
    int window = LayerKind.parseWindow(json, 4096);
    if (window == 0) {
      return LayerKind.alike(sizes.numLayers(), LayerKind.full(rope));
    }
    return LayerKind.parse(
        json, sizes.numLayers(), slides(json), new LayerKind(window, rope), LayerKind.full(null));
  }

  /** The pattern is a period, or letters: L for layers with a window, G for the others. */
  private static IntPredicate slides(ConfigReader json) {
    JsonNode pattern = json.json().path("sliding_window_pattern");
    if (pattern.isString() && pattern.stringValue().matches("[LG]+")) {
      String letters = pattern.stringValue();
      return layer -> letters.charAt(layer % letters.length()) == 'L';
    }
    int period = json.intOr("sliding_window_pattern", 4, 1, Integer.MAX_VALUE);
    return layer -> (layer + 1) % period != 0;
  }
}
