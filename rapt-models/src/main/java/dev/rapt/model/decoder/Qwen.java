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
import dev.rapt.model.parts.LayerPart;
import dev.rapt.model.parts.MixtureParts;
import dev.rapt.model.parts.PreNormDecoder;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.Layer;
import dev.rapt.nn.Linear;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.attention.SelfAttention;
import dev.rapt.nn.mlp.ExpertMlp;
import dev.rapt.nn.mlp.MoeMlp;
import dev.rapt.nn.mlp.Router;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntPredicate;

/**
 * Qwen 1.5 to 3: a pre-norm decoder with RMSNorm, half-split RoPE, GQA and SwiGLU or a mixture of
 * experts. Qwen2, arXiv:2407.10671, section 2.2; Qwen3, arXiv:2505.09388, section 2.
 *
 * <pre>
 * As {@link Llama}, but:
 * qwen2:     biases on q, k and v; a sliding window in the upper layers where it is switched on
 * qwen3:     QK-norm: q = rope(norm(h Wq)), k = rope(norm(h Wk)), per head, one weight (E) for all
 * qwen2_moe: mlp(h) = sigmoid(h wgate) shared(h) + sum over the top k experts of p_e expert_e(h)
 * qwen3_moe: mlp(h) = sum over the top k experts of p_e expert_e(h)
 *            p = softmax(h Wrouter), divided by its sum over the top k if norm_topk_prob is true
 * </pre>
 *
 * The variants with {@code vl_text} are the language models inside the vision-language models.
 */
public final class Qwen {
  /** {@code qwen2}. */
  public static final Family<Config, Backbone> QWEN2 =
      new Family<>("qwen2", "Qwen2ForCausalLM", "model", Config::parseQwen2, Qwen::build);

  /** {@code qwen2_5_vl_text}. */
  public static final Family<Config, Backbone> QWEN2_5_VL_TEXT =
      new Family<>(
          "qwen2_5_vl_text",
          "Qwen2_5_VLForConditionalGeneration",
          "model",
          Config::parseQwen2,
          Qwen::build);

  /** {@code qwen2_vl_text}. */
  public static final Family<Config, Backbone> QWEN2_VL_TEXT =
      new Family<>(
          "qwen2_vl_text",
          "Qwen2VLForConditionalGeneration",
          "model",
          Config::parseQwen2,
          Qwen::build);

  /** {@code qwen3}. */
  public static final Family<Config, Backbone> QWEN3 =
      new Family<>("qwen3", "Qwen3ForCausalLM", "model", Config::parseQwen3, Qwen::build);

  /** {@code qwen3_vl_text}. */
  public static final Family<Config, Backbone> QWEN3_VL_TEXT =
      new Family<>(
          "qwen3_vl_text",
          "Qwen3VLForConditionalGeneration",
          "model",
          Config::parseQwen3,
          Qwen::build);

  /** {@code qwen2_moe}. */
  public static final Family<MoeConfig, Backbone> QWEN2_MOE =
      new Family<>("qwen2_moe", "Qwen2MoeForCausalLM", "model", MoeConfig::parseQwen2, Qwen::build);

  /** {@code qwen3_moe}. */
  public static final Family<MoeConfig, Backbone> QWEN3_MOE =
      new Family<>("qwen3_moe", "Qwen3MoeForCausalLM", "model", MoeConfig::parseQwen3, Qwen::build);

  /**
   * Configuration of the dense models.
   *
   * @param kinds sliding window and RoPE of each layer
   * @param qkvBias whether the projections of queries, keys and values have biases
   * @param outputBias whether the output projection of attention has a bias
   * @param qkNorm whether attention has QK-norm
   * @param dropout attention dropout, in training
   */
  public record Config(
      String modelType,
      DecoderSizes sizes,
      Activation activation,
      float normEps,
      List<LayerKind> kinds,
      boolean qkvBias,
      boolean outputBias,
      boolean qkNorm,
      float dropout)
      implements SizedConfig {

    /** Reads a config.json of Qwen 2 or 2.5. */
    public static Config parseQwen2(ConfigReader json) {
      return parse(json, true, false, false, upperLayers(json));
    }

    /** Reads a config.json of Qwen 3. */
    public static Config parseQwen3(ConfigReader json) {
      return parseQwen3(json, upperLayers(json));
    }

    private static Config parseQwen3(ConfigReader json, IntPredicate slidesByDefault) {
      boolean bias = json.boolOr("attention_bias", false);
      return parse(json, bias, bias, true, slidesByDefault);
    }

    private static Config parse(
        ConfigReader json,
        boolean qkvBias,
        boolean outputBias,
        boolean qkNorm,
        IntPredicate slidesByDefault) {
      DecoderSizes sizes = DecoderSizes.parse(json, DecoderSizes.Keys.LLAMA, false);
      return new Config(
          json.requireString("model_type"),
          sizes,
          Activations.read(json, "hidden_act", "silu"),
          json.epsilonOr("rms_norm_eps", 1e-6),
          kinds(json, sizes, slidesByDefault),
          qkvBias,
          outputBias,
          qkNorm,
          json.dropoutOr("attention_dropout", 0));
    }

    /** The layers from {@code max_window_layers} on. */
    private static IntPredicate upperLayers(ConfigReader json) {
      int first = json.intOr("max_window_layers", 28, 0, Integer.MAX_VALUE);
      return layer -> layer >= first;
    }

    /** All layers have full attention unless {@code use_sliding_window} is true. */
    private static List<LayerKind> kinds(
        ConfigReader json, DecoderSizes sizes, IntPredicate slidesByDefault) {
      RopeConfig rope = RopeConfig.parse(json, sizes.maxPositions());
      int window = json.boolOr("use_sliding_window", false) ? LayerKind.parseWindow(json, 4096) : 0;
      return LayerKind.parse(
          json,
          sizes.numLayers(),
          layer -> window != 0 && slidesByDefault.test(layer),
          new LayerKind(window, rope),
          LayerKind.full(rope));
    }
  }

  /**
   * Configuration of the models with experts.
   *
   * @param base what it has in common with the dense models
   * @param sharedSize F of the shared expert; 0 for none
   * @param sparse whether each layer has experts in place of an MLP
   */
  public record MoeConfig(Config base, Mixture mixture, int sharedSize, List<Boolean> sparse)
      implements SizedConfig {

    /** Reads a config.json of Qwen 1.5 or 2 with experts. */
    public static MoeConfig parseQwen2(ConfigReader json) {
      int firstFull = json.intOr("max_window_layers", 28, 0, Integer.MAX_VALUE);
      IntPredicate slides = layer -> layer % 2 == 0 && layer < firstFull; // unlike dense Qwen 2
      Config base = Config.parse(json, json.boolOr("qkv_bias", true), false, false, slides);
      return parse(
          json, base, json.requireInt("shared_expert_intermediate_size", 1, Integer.MAX_VALUE));
    }

    /** Reads a config.json of Qwen 3 with experts. */
    public static MoeConfig parseQwen3(ConfigReader json) {
      return parse(json, Config.parseQwen3(json, _ -> true), 0); // a window is in all layers
    }

    private static MoeConfig parse(ConfigReader json, Config base, int sharedSize) {
      return new MoeConfig(
          base,
          Mixture.parse(json, "moe_intermediate_size", Mixture.parseSoftmax(json)),
          sharedSize,
          sparseLayers(json, base.numLayers()));
    }

    /** Reads which layers have experts in place of an MLP. */
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

  private final Config config;
  private final DecoderParts parts;

  private Qwen(Config config) {
    this.config = config;
    parts = DecoderParts.of(config.sizes());
  }

  /** Builds a dense model without its head from the parameters under {@code model}. */
  public static Backbone build(Config config, ParameterSource source) {
    Qwen model = new Qwen(config);
    return model.decoder((_, layer) -> model.mlp(layer.at("mlp"))).build(source);
  }

  /** Builds a model with experts, without its head, from the parameters under {@code model}. */
  public static Backbone build(MoeConfig config, ParameterSource source) {
    Qwen model = new Qwen(config.base());
    MixtureParts mixture = new MixtureParts(config.sizes(), config.mixture());
    Activation activation = config.base().activation();
    return model
        .decoder((layer, block) ->
            config.sparse().get(layer)
                ? experts(mixture, activation, config.sharedSize(), block.at("mlp"))
                : model.mlp(block.at("mlp")))
        .build(source);
  }

  private PreNormDecoder decoder(LayerPart mlp) {
    return PreNormDecoder.of(
        parts, norm -> parts.rmsNorm(norm, config.normEps()), this::attention, mlp);
  }

  /** GQA, with QK-norm before the rotation in Qwen 3. */
  private Layer attention(int layer, ParameterSource source) {
    ParameterSource own = source.at("self_attn");
    LayerKind kind = config.kinds().get(layer);
    return new SelfAttention(
        parts.qkv(own, config.qkvBias()),
        config.qkNorm() ? parts.qkNorm(own.at("q_norm"), config.normEps()) : null,
        config.qkNorm() ? parts.qkNorm(own.at("k_norm"), config.normEps()) : null,
        parts.rope(kind),
        parts.attention(layer, kind).withDropout(config.dropout()),
        parts.oProj(own, config.outputBias()));
  }

  private Layer mlp(ParameterSource source) {
    return parts.gatedMlp(source, config.activation(), false);
  }

  /**
   * A mixture of experts with a gated shared expert.
   *
   * @param sharedSize F of the shared expert; 0 for none
   */
  static Layer experts(
      MixtureParts mixture, Activation activation, int sharedSize, ParameterSource source) {
    DecoderSizes sizes = mixture.sizes();
    Router router = mixture.router(source.at("gate"), false);
    ExpertMlp experts = mixture.experts(source.at("experts"), activation);
    if (sharedSize == 0) {
      return new MoeMlp(router, experts);
    }
    return new MoeMlp(
        router,
        experts,
        mixture.sharedExpert(source.at("shared_expert"), sharedSize, activation, false),
        Linear.of(source.at("shared_expert_gate"), sizes.hiddenSize(), 1, false, sizes.initStd()));
  }
}
