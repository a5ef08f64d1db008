package dev.rapt.model.decoder;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.kernel.Activation;
import dev.rapt.model.config.Activations;
import dev.rapt.model.config.DecoderSizes;
import dev.rapt.model.config.HeadRule;
import dev.rapt.model.config.LayerKind;
import dev.rapt.model.config.RopeConfig;
import dev.rapt.model.config.SizedConfig;
import java.util.List;

/**
 * Command R and Command A: attention and MLP side by side after one layer norm, neighbours rotated,
 * scaled logits; in Command A layers with a window rotate, the others do not.
 *
 * @param kinds what each layer sees, and whether it rotates
 * @param attentionBias whether the projections of attention have biases
 * @param headNorms whether each head of queries and keys is normalised
 * @param logitScale factor of the logits
 * @param dropout probability to drop an attention weight, in training
 */
public record CohereConfig(
    String modelType,
    DecoderSizes sizes,
    Activation activation,
    float normEps,
    List<LayerKind> kinds,
    boolean attentionBias,
    boolean headNorms,
    float logitScale,
    float dropout)
    implements SizedConfig {

  /** Reads a config.json of Command R. */
  public static CohereConfig parseCohere(ConfigReader json) {
    DecoderSizes sizes = DecoderSizes.parse(json, DecoderSizes.Keys.LLAMA, true);
    LayerKind kind = LayerKind.full(RopeConfig.parse(json, sizes.maxPositions(), 5e5));
    List<LayerKind> kinds = LayerKind.alike(sizes.numLayers(), kind);
    return parse(json, sizes, kinds, json.boolOr("use_qk_norm", false));
  }

  /** Reads a config.json of Command R7B or Command A. */
  public static CohereConfig parseCohere2(ConfigReader json) {
    DecoderSizes sizes = DecoderSizes.parse(json, DecoderSizes.Keys.LLAMA, true);
    RopeConfig rope = RopeConfig.parse(json, sizes.maxPositions());
    int period = json.intOr("sliding_window_pattern", 4, 1, Integer.MAX_VALUE);
    int window = json.intOr("sliding_window", 4096, 1, Integer.MAX_VALUE);
    List<LayerKind> kinds =
        LayerKind.parse(
            json,
            sizes.numLayers(),
            layer -> (layer + 1) % period != 0,
            new LayerKind(window, rope),
            LayerKind.full(null));
    return parse(json, sizes, kinds, false);
  }

  private static CohereConfig parse(
      ConfigReader json, DecoderSizes sizes, List<LayerKind> kinds, boolean headNorms) {
    return new CohereConfig(
        json.requireString("model_type"),
        sizes,
        Activations.read(json, "hidden_act", "silu"),
        json.epsilonOr("layer_norm_eps", 1e-5),
        kinds,
        json.boolOr("attention_bias", false),
        headNorms,
        (float) json.doubleOr("logit_scale", 0.0625),
        json.dropoutOr("attention_dropout", 0));
  }

  @Override
  public HeadRule head() {
    return HeadRule.PLAIN.scaled(logitScale);
  }
}
