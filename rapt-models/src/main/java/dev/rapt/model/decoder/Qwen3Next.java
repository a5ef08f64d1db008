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
import dev.rapt.nn.attention.GatedAttention;
import dev.rapt.nn.attention.HeadNorm;
import dev.rapt.nn.recurrent.DeltaProjection;
import dev.rapt.nn.recurrent.GatedDeltaNet;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Qwen3-Next and the text model of Qwen3.5: a pre-norm hybrid of linear attention and gated
 * attention, with RMSNorm with (1 + w). Qwen3-Next: Towards Ultimate Training and Inference
 * Efficiency, Qwen team 2025.
 *
 * <pre>
 * x = embedding[ids]                                     (B, T, D)
 * L times:
 *   x = x + mixer(norm(x))                               (B, T, D)
 *   x = x + mlp(norm(x))                                 (B, T, D)
 * logits = head(norm(x))                                 (B, T, V)
 *
 * mixer: {@link GatedDeltaNet} in three of four layers; in every fourth gated attention:
 *   q = rope(norm(h Wq)), k = rope(norm(h Wk)), v = h Wv QK-norm per head, partial rotary (E / 4)
 *   (sigmoid(h Wz) * softmax(q k' / sqrt(E)) v) Wo       (B, T, H E) to (B, T, D)
 *
 * qwen3_next, qwen3_5_moe_text: mlp is a mixture of experts with a gated shared expert, as in
 *                               qwen2_moe ({@link Qwen})
 * qwen3_5_text:                 mlp is SwiGLU
 * </pre>
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
   * Configuration of Qwen3-Next and Qwen3.5.
   *
   * @param attends whether each layer is gated attention; the others are gated delta nets
   * @param delta sizes of the gated delta nets
   * @param deltaGrouped whether their input projections are grouped by key head
   * @param attentionBias whether the projections of attention have biases
   * @param mixture the mixture of experts, or null where all layers are dense
   * @param sharedSize F of the shared expert
   * @param sparse whether each layer has experts in place of an MLP
   * @param dropout attention dropout, in training
   */
  public record Config(
      String modelType,
      DecoderSizes sizes,
      Activation activation,
      float normEps,
      RopeConfig rope,
      List<Boolean> attends,
      GatedDeltaNet.Sizes delta,
      boolean deltaGrouped,
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

    /** Reads a config.json of the dense text model of Qwen3.5. */
    public static Config parseQwen35(ConfigReader json) {
      return parse(json, false, null, 0);
    }

    /** Reads a config.json of the text model of Qwen3.5 with experts. */
    public static Config parseQwen35Moe(ConfigReader json) {
      Mixture mixture = Mixture.parse(json, "moe_intermediate_size", Mixture.SOFTMAX);
      return parse(json, false, mixture, sharedSize(json));
    }

    private static int sharedSize(ConfigReader json) {
      return json.requireInt("shared_expert_intermediate_size", 1, Integer.MAX_VALUE);
    }

    private static Config parse(
        ConfigReader json, boolean deltaGrouped, @Nullable Mixture mixture, int sharedSize) {
      DecoderSizes sizes = DecoderSizes.parse(json, DecoderSizes.Keys.LLAMA, false);
      return new Config(
          json.requireString("model_type"),
          sizes,
          Activations.read(json, "hidden_act", "silu"),
          json.epsilonOr("rms_norm_eps", 1e-6),
          RopeConfig.parsePartial(json, sizes.maxPositions(), 0.25),
          attends(json, sizes.numLayers()),
          delta(json),
          deltaGrouped,
          json.boolOr("attention_bias", false),
          mixture,
          sharedSize,
          mixture == null
              ? Collections.nCopies(sizes.numLayers(), false)
              : Qwen.MoeConfig.sparseLayers(json, sizes.numLayers()),
          json.dropoutOr("attention_dropout", 0));
    }

    private static GatedDeltaNet.Sizes delta(ConfigReader json) {
      int keyHeads = json.intOr("linear_num_key_heads", 16, 1, 1 << 16);
      int valueHeads = json.intOr("linear_num_value_heads", 32, 1, 1 << 16);
      if (valueHeads % keyHeads != 0) {
        throw json.error(
            "linear_num_value_heads",
            "must be a multiple of linear_num_key_heads, got %d and %d"
                .formatted(valueHeads, keyHeads));
      }
      return new GatedDeltaNet.Sizes(
          keyHeads,
          valueHeads,
          json.intOr("linear_key_head_dim", 128, 1, 1 << 16),
          json.intOr("linear_value_head_dim", 128, 1, 1 << 16),
          json.intOr("linear_conv_kernel_dim", 4, 1, 1 << 16));
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
      return List.of(Pattern.compile("mtp\\..*")); // multi-token prediction (MTP), not used
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

  /** Builds the model without its head from the parameters under {@code model}. */
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
    GatedDeltaNet.Sizes delta = config.delta();
    int D = sizes.hiddenSize();
    DeltaProjection projection =
        config.deltaGrouped()
            ? DeltaProjection.Grouped.of(delta, D, sizes.initStd(), source)
            : DeltaProjection.Separate.of(delta, D, sizes.initStd(), source);
    return GatedDeltaNet.of(
        layer,
        delta,
        projection,
        config.activation(),
        D,
        config.normEps(),
        sizes.residualStd(),
        source);
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
        sizes.numHeads(),
        sizes.numKvHeads(),
        sizes.headDim());
  }

  private HeadNorm headNorm(ParameterSource source) {
    return new HeadNorm.PerHead(
        Norm.RmsNorm.zeroCentered(source, sizes.headDim(), config.normEps()));
  }

  private Layer mlp(int layer, ParameterSource source) {
    if (mixture == null || !config.sparse().get(layer)) {
      return parts.gatedMlp(source, config.activation(), false);
    }
    return Qwen.experts(mixture, config.activation(), config.sharedSize(), source);
  }
}
