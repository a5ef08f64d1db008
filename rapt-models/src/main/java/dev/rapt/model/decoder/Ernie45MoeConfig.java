package dev.rapt.model.decoder;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.model.config.DecoderSizes;
import dev.rapt.model.config.Mixture;
import dev.rapt.model.config.RouterLoss;
import dev.rapt.model.config.SizedConfig;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/**
 * ERNIE 4.5 with experts: probabilities, with a learned correction for the choice alone.
 *
 * @param sharedSize F of all shared experts together, which are one MLP; 0 for none
 * @param sparse whether each layer has experts
 */
public record Ernie45MoeConfig(
    Ernie45Config base, Mixture mixture, int sharedSize, List<Boolean> sparse)
    implements SizedConfig {
  /** Below this, the least sum that weights are divided by makes no difference. */
  private static final double NO_DIFFERENCE = 1e-6;

  /** Reads a config.json. */
  public static Ernie45MoeConfig parse(ConfigReader json) {
    Ernie45Config base = Ernie45Config.parseErnie(json);
    double normMin = json.doubleOr("moe_norm_min", 1e-12);
    if (!(normMin <= NO_DIFFERENCE)) {
      throw json.error("moe_norm_min", "must be at most 1e-6, got " + normMin);
    }
    int numExperts = json.requireInt("moe_num_experts", 1, 1 << 16);
    int topK = json.requireInt("moe_k", 1, numExperts);
    int size = json.requireInt("moe_intermediate_size", 1, Integer.MAX_VALUE);
    return new Ernie45MoeConfig(
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
    return List.of(Pattern.compile("(model\\.)?mtp_.*")); // predict further tokens
  }
}
