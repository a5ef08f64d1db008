package dev.rapt.model.decoder;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.kernel.Activation;
import dev.rapt.model.config.Activations;
import dev.rapt.model.config.DecoderSizes;
import dev.rapt.model.config.LayerKind;
import dev.rapt.model.config.LayerRopes;
import dev.rapt.model.config.RopeConfig;
import dev.rapt.model.config.SizedConfig;
import java.util.List;

/**
 * OLMo 2 and 3: norms of what attention and MLP put out, and of all queries and all keys; in OLMo 3
 * most layers have a window.
 *
 * @param kinds what each layer sees, and its rotation
 * @param attentionBias whether the projections of attention have biases
 * @param dropout probability to drop an attention weight, in training
 */
public record Olmo2Config(
    String modelType,
    DecoderSizes sizes,
    Activation activation,
    float normEps,
    List<LayerKind> kinds,
    boolean attentionBias,
    float dropout)
    implements SizedConfig {

  /** Reads a config.json of OLMo 2. */
  public static Olmo2Config parseOlmo2(ConfigReader json) {
    DecoderSizes sizes = DecoderSizes.parse(json, DecoderSizes.Keys.LLAMA, false);
    LayerKind kind = LayerKind.full(RopeConfig.parse(json, sizes.maxPositions()));
    return parse(json, sizes, LayerKind.alike(sizes.numLayers(), kind));
  }

  /** Reads a config.json of OLMo 3. */
  public static Olmo2Config parseOlmo3(ConfigReader json) {
    DecoderSizes sizes = DecoderSizes.parse(json, DecoderSizes.Keys.LLAMA, false);
    double theta = json.positiveOr("rope_theta", 5e5);
    LayerRopes ropes = LayerRopes.parse(json, sizes.maxPositions(), theta, theta);
    int window = json.intOr("sliding_window", 4096, 1, Integer.MAX_VALUE);
    List<LayerKind> kinds =
        LayerKind.parse(
            json,
            sizes.numLayers(),
            layer -> (layer + 1) % 4 != 0,
            new LayerKind(window, ropes.sliding()),
            LayerKind.full(ropes.full()));
    return parse(json, sizes, kinds);
  }

  private static Olmo2Config parse(ConfigReader json, DecoderSizes sizes, List<LayerKind> kinds) {
    return new Olmo2Config(
        json.requireString("model_type"),
        sizes,
        Activations.read(json, "hidden_act", "silu"),
        json.epsilonOr("rms_norm_eps", 1e-5),
        kinds,
        json.boolOr("attention_bias", false),
        json.dropoutOr("attention_dropout", 0));
  }
}
