package dev.rapt.model.decoder;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.model.config.DecoderSizes;
import dev.rapt.model.config.Mixture;
import dev.rapt.model.config.RouterLoss;
import dev.rapt.model.config.SizedConfig;
import java.util.ArrayList;
import java.util.List;

/**
 * Qwen 1.5, 2 and 3 with experts.
 *
 * @param sharedSize F of the expert that all tokens share; 0 for none
 * @param sparse whether each layer has experts
 */
public record QwenMoeConfig(QwenConfig base, Mixture mixture, int sharedSize, List<Boolean> sparse)
    implements SizedConfig {

  /** Reads a config.json of Qwen 1.5 or 2 with experts. */
  public static QwenMoeConfig parseQwen2(ConfigReader json) {
    int firstFull = json.intOr("max_window_layers", 28, 0, Integer.MAX_VALUE);
    QwenConfig base =
        QwenConfig.parseQwen2(
            json,
            json.boolOr("qkv_bias", true),
            layer -> layer % 2 == 0 && layer < firstFull); // the other way round than in Qwen 2
    return parse(
        json, base, json.requireInt("shared_expert_intermediate_size", 1, Integer.MAX_VALUE));
  }

  /** Reads a config.json of Qwen 3 with experts. */
  public static QwenMoeConfig parseQwen3(ConfigReader json) {
    QwenConfig base = QwenConfig.parseQwen3(json, _ -> true); // a window is that of all layers
    return parse(json, base, 0);
  }

  private static QwenMoeConfig parse(ConfigReader json, QwenConfig base, int sharedSize) {
    return new QwenMoeConfig(
        base,
        Mixture.parse(json, "moe_intermediate_size", Mixture.parseSoftmax(json)),
        sharedSize,
        sparseLayers(json, base.numLayers()));
  }

  /** Whether each layer has experts in place of an MLP. */
  static List<Boolean> sparseLayers(ConfigReader json, int numLayers) {
    List<Integer> dense = json.ints("mlp_only_layers");
    int step = json.intOr("decoder_sparse_step", 1, 1, Integer.MAX_VALUE);
    List<Boolean> sparse = new ArrayList<>();
    for (int layer = 0; layer < numLayers; layer++) {
      sparse.add(!dense.contains(layer) && (layer + 1) % step == 0);
    }
    return List.copyOf(sparse);
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
