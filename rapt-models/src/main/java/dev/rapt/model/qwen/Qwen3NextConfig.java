package dev.rapt.model.qwen;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.kernel.Activation;
import dev.rapt.model.config.Activations;
import dev.rapt.model.config.DecoderSizes;
import dev.rapt.model.config.Mixture;
import dev.rapt.model.config.RopeConfig;
import dev.rapt.model.config.RouterLoss;
import dev.rapt.model.config.SizedConfig;
import java.util.ArrayList;
import java.util.List;

/**
 * Qwen3-Next: linear attention in most layers, gated attention in the others, experts in all.
 *
 * @param attends whether a layer attends to all positions; the others are linear
 * @param delta sizes of the linear layers
 * @param attentionBias whether the projections of attention have biases
 * @param mixture experts of the layers that have them
 * @param sharedSize width inside the expert that all tokens share
 * @param sparse whether a layer has experts in place of an MLP
 * @param dropout probability to drop an attention weight, in training
 */
public record Qwen3NextConfig(
    DecoderSizes sizes,
    Activation activation,
    float normEps,
    RopeConfig rope,
    List<Boolean> attends,
    DeltaSizes delta,
    boolean attentionBias,
    Mixture mixture,
    int sharedSize,
    List<Boolean> sparse,
    float dropout)
    implements SizedConfig {

  /** Reads a config.json. */
  public static Qwen3NextConfig parse(ConfigReader json) {
    DecoderSizes sizes = DecoderSizes.parse(json, DecoderSizes.Keys.LLAMA, false);
    return new Qwen3NextConfig(
        sizes,
        Activations.read(json, "hidden_act", "silu"),
        (float) json.doubleOr("rms_norm_eps", 1e-6),
        RopeConfig.parsePartial(json, sizes.maxPositions(), 0.25),
        attends(json, sizes.numLayers()),
        DeltaSizes.parse(json),
        json.boolOr("attention_bias", false),
        Mixture.parse(json, "moe_intermediate_size", Mixture.parseSoftmax(json)),
        json.requireInt("shared_expert_intermediate_size", 1, Integer.MAX_VALUE),
        QwenMoeConfig.sparseLayers(json, sizes.numLayers()),
        (float) json.doubleOr("attention_dropout", 0));
  }

  private static List<Boolean> attends(ConfigReader json, int numLayers) {
    List<String> types = json.strings("layer_types");
    int interval = json.intOr("full_attention_interval", 4, 1, Integer.MAX_VALUE);
    List<Boolean> attends = new ArrayList<>();
    for (int layer = 0; layer < numLayers; layer++) {
      attends.add(types.isEmpty() ? (layer + 1) % interval == 0 : isAttention(json, types, layer));
    }
    return List.copyOf(attends);
  }

  private static boolean isAttention(ConfigReader json, List<String> types, int layer) {
    String type = layer < types.size() ? types.get(layer) : "nothing for layer " + layer;
    return switch (type) {
      case "full_attention" -> true;
      case "linear_attention" -> false;
      default ->
          throw json.error(
              "layer_types", "must hold linear_attention and full_attention, got " + type);
    };
  }

  @Override
  public RouterLoss routerLoss() {
    return mixture.routerLoss();
  }

  @Override
  public String modelType() {
    return "qwen3_next";
  }
}
