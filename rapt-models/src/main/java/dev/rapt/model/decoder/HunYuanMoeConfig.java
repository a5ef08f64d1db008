package dev.rapt.model.decoder;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.model.config.DecoderSizes;
import dev.rapt.model.config.Mixture;
import dev.rapt.model.config.RouterLoss;
import dev.rapt.model.config.SizedConfig;
import java.util.Set;
import java.util.TreeSet;

/** HunYuan with experts in every layer, beside an MLP that all tokens share. */
public record HunYuanMoeConfig(HunYuanConfig base, Mixture mixture) implements SizedConfig {
  /** Reads a config.json. */
  public static HunYuanMoeConfig parse(ConfigReader json) {
    HunYuanConfig base = HunYuanConfig.parse(json);
    int size = base.sizes().intermediateSize();
    int numExperts = json.requireInt("num_experts", 1, 1 << 16);
    int topK = alike(json, "moe_topk", 1);
    requireAlike(json, "moe_intermediate_size", size);
    requireAlike(json, "num_shared_expert", 1);
    if (json.boolOr("use_cla", false)) {
      throw json.error("use_cla", "must be false, since layers that share keys are not supported");
    }
    return new HunYuanMoeConfig(
        base, new Mixture(numExperts, topK, size, Mixture.SOFTMAX, RouterLoss.parse(json, topK)));
  }

  /** A number, or the same number for every layer. */
  private static int alike(ConfigReader json, String key, int absent) {
    Set<Integer> values = new TreeSet<>(json.ints(key));
    if (values.size() > 1) {
      throw json.error(key, "must be the same in all layers, got " + values);
    }
    return values.stream().findFirst().orElse(absent);
  }

  private static void requireAlike(ConfigReader json, String key, int wanted) {
    int value = alike(json, key, wanted);
    if (value != wanted) {
      throw json.error(key, "must be %d, got %d".formatted(wanted, value));
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
