package dev.rapt.model.decoder;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.kernel.Activation;
import dev.rapt.model.config.Activations;
import dev.rapt.model.config.DecoderSizes;
import dev.rapt.model.config.LayerKind;
import dev.rapt.model.config.Mixture;
import dev.rapt.model.config.RopeConfig;
import dev.rapt.model.config.RouterLoss;
import dev.rapt.model.config.SizedConfig;
import dev.rapt.model.family.Family;
import dev.rapt.model.parts.DecoderParts;
import dev.rapt.model.parts.MixtureParts;
import dev.rapt.model.parts.PreNormDecoder;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.Layer;
import dev.rapt.nn.Linear;
import dev.rapt.nn.Norm;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.attention.HeadNorm;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Qwen3-Next and the text part of Qwen3.5. Qwen3-Next: Towards Ultimate Training and Inference
 * Efficiency, Qwen team 2025.
 */
public final class Qwen3Next {
  /** {@code qwen3_5_moe_text}. */
  public static final Family<Config, Backbone> QWEN3_5_MOE_TEXT =
      new Family<>(
          "qwen3_5_moe_text",
          "Qwen3_5MoeForCausalLM",
          "model",
          Config::parseQwen35Moe,
          Qwen3Next::build);

  /** {@code qwen3_5_text}. */
  public static final Family<Config, Backbone> QWEN3_5_TEXT =
      new Family<>(
          "qwen3_5_text", "Qwen3_5ForCausalLM", "model", Config::parseQwen35, Qwen3Next::build);

  /** {@code qwen3_next}. */
  public static final Family<Config, Backbone> FAMILY =
      new Family<>(
          "qwen3_next", "Qwen3NextForCausalLM", "model", Config::parseNext, Qwen3Next::build);

  /**
   * Qwen3-Next and the text part of Qwen3.5: linear attention in most layers, gated attention in
   * the others, experts in all or none.
   *
   * @param attends whether a layer attends to all positions; the others are linear
   * @param delta sizes of the linear layers
   * @param deltaByHeads whether the projections of linear layers lie by heads of keys
   * @param attentionBias whether the projections of attention have biases
   * @param mixture experts of the layers that have them; null where none has
   * @param sharedSize width inside the expert that all tokens share
   * @param sparse whether a layer has experts in place of an MLP
   * @param dropout probability to drop an attention weight, in training
   */
  public record Config(
      String modelType,
      DecoderSizes sizes,
      Activation activation,
      float normEps,
      RopeConfig rope,
      List<Boolean> attends,
      DeltaSizes delta,
      boolean deltaByHeads,
      boolean attentionBias,
      @Nullable Mixture mixture,
      int sharedSize,
      List<Boolean> sparse,
      float dropout)
      implements SizedConfig {

    /** Reads a config.json of Qwen3-Next. */
    public static Config parseNext(ConfigReader json) {
      return parse(
          json,
          true,
          Mixture.parse(json, "moe_intermediate_size", Mixture.parseSoftmax(json, true)),
          sharedSize(json));
    }

    /** Reads a config.json of the text part of Qwen3.5. */
    public static Config parseQwen35(ConfigReader json) {
      return parse(json, false, null, 0);
    }

    /** Reads a config.json of the text part of Qwen3.5 with experts. */
    public static Config parseQwen35Moe(ConfigReader json) {
      Mixture mixture = Mixture.parse(json, "moe_intermediate_size", Mixture.SOFTMAX);
      return parse(json, false, mixture, sharedSize(json));
    }

    private static int sharedSize(ConfigReader json) {
      return json.requireInt("shared_expert_intermediate_size", 1, Integer.MAX_VALUE);
    }

    private static Config parse(
        ConfigReader json, boolean deltaByHeads, @Nullable Mixture mixture, int sharedSize) {
      DecoderSizes sizes = DecoderSizes.parse(json, DecoderSizes.Keys.LLAMA, false);
      return new Config(
          json.requireString("model_type"),
          sizes,
          Activations.read(json, "hidden_act", "silu"),
          json.epsilonOr("rms_norm_eps", 1e-6),
          RopeConfig.parsePartial(json, sizes.maxPositions(), 0.25),
          attends(json, sizes.numLayers()),
          DeltaSizes.parse(json),
          deltaByHeads,
          json.boolOr("attention_bias", false),
          mixture,
          sharedSize,
          mixture == null
              ? Collections.nCopies(sizes.numLayers(), false)
              : QwenMoe.Config.sparseLayers(json, sizes.numLayers()),
          json.dropoutOr("attention_dropout", 0));
    }

    private static List<Boolean> attends(ConfigReader json, int numLayers) {
      List<String> types = json.strings("layer_types");
      int interval = json.intOr("full_attention_interval", 4, 1, Integer.MAX_VALUE);
      List<Boolean> attends = new ArrayList<>();
      for (int layer = 0; layer < numLayers; layer++) {
        attends.add(
            types.isEmpty() ? (layer + 1) % interval == 0 : isAttention(json, types, layer));
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
      return mixture == null ? RouterLoss.NONE : mixture.routerLoss();
    }

    @Override
    public List<Pattern> unusedTensors() {
      return List.of(Pattern.compile("mtp\\..*")); // predicts further tokens
    }
  }

  private final Config config;
  private final DecoderSizes sizes;
  private final DecoderParts parts;
  private final @Nullable MixtureParts mixture;

  private Qwen3Next(Config config) {
    this.config = config;
    sizes = config.sizes();
    parts = DecoderParts.of(sizes);
    mixture = config.mixture() == null ? null : new MixtureParts(sizes, config.mixture());
  }

  /** A model with the parameters under {@code model} of a checkpoint. */
  public static Backbone build(Config config, ParameterSource source) {
    return new Qwen3Next(config).decoder().build(source);
  }

  private PreNormDecoder decoder() {
    return PreNormDecoder.of(
        parts,
        norm -> parts.rmsNormOnePlus(norm, config.normEps()),
        this::mixer,
        (layer, source) -> mlp(layer, source.at("mlp")));
  }

  private Layer mixer(int layer, ParameterSource source) {
    return config.attends().get(layer)
        ? attention(layer, source.at("self_attn"))
        : deltaNet(layer, source.at("linear_attn"));
  }

  private GatedDeltaNet deltaNet(int layer, ParameterSource source) {
    DeltaSizes delta = config.delta();
    int D = sizes.hiddenSize();
    DeltaProjection projection =
        config.deltaByHeads()
            ? DeltaProjection.Grouped.of(delta, D, sizes.initStd(), source)
            : DeltaProjection.Separate.of(delta, D, sizes.initStd(), source);
    return GatedDeltaNet.of(
        layer, sizes, delta, projection, config.activation(), config.normEps(), source);
  }

  private GatedAttention attention(int layer, ParameterSource source) {
    int D = sizes.hiddenSize();
    long queryWidth = (long) sizes.numHeads() * sizes.headDim();
    long keyWidth = (long) sizes.numKvHeads() * sizes.headDim();
    boolean bias = config.attentionBias();
    double std = sizes.initStd();
    return new GatedAttention(
        Linear.of(source.at("q_proj"), D, 2 * queryWidth, bias, std),
        Linear.of(source.at("k_proj"), D, keyWidth, bias, std),
        Linear.of(source.at("v_proj"), D, keyWidth, bias, std),
        headNorm(source.at("q_norm")),
        headNorm(source.at("k_norm")),
        parts.rope(config.rope()),
        parts.attention(layer, LayerKind.full(config.rope())).withDropout(config.dropout()),
        parts.oProj(source, bias),
        sizes);
  }

  private HeadNorm headNorm(ParameterSource source) {
    return new HeadNorm.PerHead(Norm.RmsNorm.aroundOne(source, sizes.headDim(), config.normEps()));
  }

  private Layer mlp(int layer, ParameterSource source) {
    if (mixture == null || !config.sparse().get(layer)) {
      return parts.gatedMlp(source, config.activation(), false);
    }
    return QwenMoe.experts(sizes, mixture, config.activation(), config.sharedSize(), source);
  }
}
