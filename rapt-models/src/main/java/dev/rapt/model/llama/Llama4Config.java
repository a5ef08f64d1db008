package dev.rapt.model.llama;

import dev.rapt.autograd.expert.ExpertWeighting;
import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.kernel.Activation;
import dev.rapt.model.config.Activations;
import dev.rapt.model.config.DecoderSizes;
import dev.rapt.model.config.LayerKind;
import dev.rapt.model.config.Mixture;
import dev.rapt.model.config.RopeConfig;
import dev.rapt.model.config.RouterLoss;
import dev.rapt.model.config.SizedConfig;
import dev.rapt.model.smollm.SmolLm3Config;
import dev.rapt.nn.Attention;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Llama 4: attention within chunks in most layers; the others see everything, do not rotate, and
 * have scores that grow with the position. Experts in some layers or all.
 *
 * @param kinds what each layer sees; a window is the size of a chunk
 * @param temperature of layers that do not rotate
 * @param headNorms whether queries and keys are normalised where they are rotated
 * @param attentionBias whether the projections of attention have biases
 * @param sparse whether each layer has experts
 * @param dropout probability to drop an attention weight, in training
 */
public record Llama4Config(
    DecoderSizes sizes,
    Activation activation,
    float normEps,
    List<LayerKind> kinds,
    Attention.Temperature temperature,
    boolean headNorms,
    boolean attentionBias,
    Mixture mixture,
    List<Boolean> sparse,
    float dropout)
    implements SizedConfig {

  /** Reads a config.json of the text part. */
  public static Llama4Config parse(ConfigReader json) {
    DecoderSizes sizes = DecoderSizes.parse(json, DecoderSizes.Keys.LLAMA, false);
    Mixture mixture =
        Mixture.parse(json, "intermediate_size", new ExpertWeighting.Sigmoid(false, 1));
    if (mixture.topK() != 1) {
      throw json.error("num_experts_per_tok", "must be 1 in Llama 4, got " + mixture.topK());
    }
    return new Llama4Config(
        sizes.withIntermediateSize(json.requireInt("intermediate_size_mlp", 1, Integer.MAX_VALUE)),
        Activations.read(json, "hidden_act", "silu"),
        json.epsilonOr("rms_norm_eps", 1e-5),
        kinds(json, sizes),
        json.boolOr("attn_temperature_tuning", true)
            ? new Attention.Temperature(
                json.doubleOr("attn_scale", 0.1),
                json.intOr("floor_scale", 8192, 1, Integer.MAX_VALUE),
                1)
            : Attention.Temperature.CONSTANT,
        json.boolOr("use_qk_norm", true),
        json.boolOr("attention_bias", false),
        mixture,
        sparseLayers(json, sizes.numLayers()),
        json.dropoutOr("attention_dropout", 0));
  }

  private static List<LayerKind> kinds(ConfigReader json, DecoderSizes sizes) {
    RopeConfig rope = RopeConfig.parse(json, sizes.maxPositions(), 5e5);
    List<Boolean> rotates = SmolLm3Config.rotates(json, sizes.numLayers());
    List<String> types = json.strings("layer_types");
    int chunk = json.intOr("attention_chunk_size", 8192, 1, Integer.MAX_VALUE);
    List<LayerKind> kinds = new ArrayList<>();
    for (int layer = 0; layer < sizes.numLayers(); layer++) {
      boolean inChunks = types.isEmpty() ? rotates.get(layer) : isInChunks(json, types, layer);
      kinds.add(new LayerKind(inChunks ? chunk : 0, rotates.get(layer) ? rope : null));
    }
    return List.copyOf(kinds);
  }

  private static boolean isInChunks(ConfigReader json, List<String> types, int layer) {
    String type = layer < types.size() ? types.get(layer) : "nothing for layer " + layer;
    return switch (type) {
      case "chunked_attention" -> true;
      case "full_attention" -> false;
      default ->
          throw json.error(
              "layer_types", "must hold chunked_attention and full_attention, got " + type);
    };
  }

  private static List<Boolean> sparseLayers(ConfigReader json, int numLayers) {
    int step = json.intOr("interleave_moe_layer_step", 1, 1, Integer.MAX_VALUE);
    List<Integer> named = json.ints("moe_layers");
    return IntStream.range(0, numLayers)
        .mapToObj(i -> json.has("moe_layers") ? named.contains(i) : (i + 1) % step == 0)
        .toList();
  }

  @Override
  public RouterLoss routerLoss() {
    return mixture.routerLoss();
  }

  @Override
  public String modelType() {
    return "llama4_text";
  }
}
