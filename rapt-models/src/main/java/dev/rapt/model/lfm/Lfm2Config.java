package dev.rapt.model.lfm;

import dev.rapt.autograd.expert.ExpertWeighting;
import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.model.config.DecoderSizes;
import dev.rapt.model.config.Mixture;
import dev.rapt.model.config.RopeConfig;
import dev.rapt.model.config.RouterLoss;
import dev.rapt.model.config.SizedConfig;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * LFM2: short convolutions in most layers, attention in the others.
 *
 * @param attends whether a layer attends; the others convolve
 * @param kernelSize positions that a convolution sees
 * @param convBias whether the convolutions and their projections have biases
 * @param mixture experts of all but the first layers; null for none
 * @param numDense layers without experts, which come first
 * @param correctsChoice whether a learned correction is added to scores for the choice of experts
 */
public record Lfm2Config(
    String modelType,
    DecoderSizes sizes,
    float normEps,
    RopeConfig rope,
    List<Boolean> attends,
    int kernelSize,
    boolean convBias,
    @Nullable Mixture mixture,
    int numDense,
    boolean correctsChoice)
    implements SizedConfig {

  /** Reads a config.json of LFM2 without experts. */
  public static Lfm2Config parse(ConfigReader json) {
    DecoderSizes sizes = sizes(json);
    return parse(json, sizes.withIntermediateSize(intermediateSize(json, sizes)), null, 0, false);
  }

  /** Reads a config.json of LFM2 with experts. */
  public static Lfm2Config parseMoe(ConfigReader json) {
    boolean normalise = json.boolOr("norm_topk_prob", true);
    float factor = (float) json.doubleOr("routed_scaling_factor", 1);
    return parse(
        json,
        sizes(json),
        Mixture.parse(
            json, "moe_intermediate_size", new ExpertWeighting.Sigmoid(normalise, factor)),
        json.intOr("num_dense_layers", 2, 0, Integer.MAX_VALUE),
        json.boolOr("use_expert_bias", true));
  }

  private static DecoderSizes sizes(ConfigReader json) {
    return DecoderSizes.parse(json, DecoderSizes.Keys.LLAMA, json.boolOr("tie_embedding", true));
  }

  private static Lfm2Config parse(
      ConfigReader json,
      DecoderSizes sizes,
      @Nullable Mixture mixture,
      int numDense,
      boolean correctsChoice) {
    return new Lfm2Config(
        json.requireString("model_type"),
        sizes,
        json.epsilonOr("norm_eps", 1e-5),
        RopeConfig.parse(json, sizes.maxPositions(), 1e6),
        attends(json, sizes.numLayers()),
        json.intOr("conv_L_cache", 3, 1, 1 << 16),
        json.boolOr("conv_bias", false),
        mixture,
        numDense,
        correctsChoice);
  }

  /** Two thirds of what the file says, rounded up to a multiple, where it asks for that. */
  private static int intermediateSize(ConfigReader json, DecoderSizes sizes) {
    int given = json.intOr("block_ff_dim", sizes.intermediateSize(), 1, Integer.MAX_VALUE);
    if (!json.boolOr("block_auto_adjust_ff_dim", true)) {
      return given;
    }
    int size = (int) (2.0 * given / 3);
    size = (int) (json.positiveOr("block_ffn_dim_multiplier", 1) * size);
    int multiple = json.intOr("block_multiple_of", 256, 1, Integer.MAX_VALUE);
    return multiple * ((size + multiple - 1) / multiple);
  }

  private static List<Boolean> attends(ConfigReader json, int numLayers) {
    List<String> types = json.strings("layer_types");
    List<Integer> attending = json.ints("full_attn_idxs");
    List<Boolean> attends = new ArrayList<>();
    for (int layer = 0; layer < numLayers; layer++) {
      if (types.isEmpty()) {
        attends.add(attending.isEmpty() || attending.contains(layer));
      } else {
        attends.add(isAttention(json, types, layer));
      }
    }
    return List.copyOf(attends);
  }

  private static boolean isAttention(ConfigReader json, List<String> types, int layer) {
    String type = layer < types.size() ? types.get(layer) : "nothing for layer " + layer;
    return switch (type) {
      case "full_attention" -> true;
      case "conv" -> false;
      default -> throw json.error("layer_types", "must hold conv and full_attention, got " + type);
    };
  }

  @Override
  public RouterLoss routerLoss() {
    return mixture == null ? RouterLoss.NONE : mixture.routerLoss();
  }
}
