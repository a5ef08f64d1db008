package dev.rapt.model.decoder;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.kernel.Activation;
import dev.rapt.model.config.Activations;
import dev.rapt.model.config.DecoderSizes;
import dev.rapt.model.config.LayerKind;
import dev.rapt.model.config.RopeConfig;
import dev.rapt.model.config.SizedConfig;
import dev.rapt.model.family.Family;
import dev.rapt.model.parts.DecoderParts;
import dev.rapt.model.parts.PreNormDecoder;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.attention.SelfAttention;
import java.util.List;
import java.util.function.IntPredicate;

/**
 * Qwen 2, 2.5 and 3 without experts. arXiv:2407.10671, section 2.2.1; arXiv:2505.09388, section 2.
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

  /**
   * Qwen 2 and Qwen 3: Llama with biases on queries, keys and values, or with norms of queries and
   * keys; layers from some depth on may have a window.
   *
   * @param kinds what each layer sees
   * @param qkvBias whether queries, keys and values have biases
   * @param outputBias whether the output of attention has one
   * @param headNorms whether each head of queries and keys is normalised
   * @param dropout probability to drop an attention weight, in training
   */
  public record Config(
      String modelType,
      DecoderSizes sizes,
      Activation activation,
      float normEps,
      List<LayerKind> kinds,
      boolean qkvBias,
      boolean outputBias,
      boolean headNorms,
      float dropout)
      implements SizedConfig {

    /** Reads a config.json of Qwen 2 or 2.5. */
    public static Config parseQwen2(ConfigReader json) {
      return parse(json, true, false, false, fromSomeDepthOn(json));
    }

    /** Reads a config.json of Qwen 2 whose layers with a window are others by default. */
    static Config parseQwen2(ConfigReader json, boolean qkvBias, IntPredicate slidesByDefault) {
      return parse(json, qkvBias, false, false, slidesByDefault);
    }

    /** Reads a config.json of Qwen 3. */
    public static Config parseQwen3(ConfigReader json) {
      return parseQwen3(json, fromSomeDepthOn(json));
    }

    /** Reads a config.json of Qwen 3 whose layers with a window are others by default. */
    static Config parseQwen3(ConfigReader json, IntPredicate slidesByDefault) {
      boolean bias = json.boolOr("attention_bias", false);
      return parse(json, bias, bias, true, slidesByDefault);
    }

    private static Config parse(
        ConfigReader json,
        boolean qkvBias,
        boolean outputBias,
        boolean headNorms,
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
          headNorms,
          json.dropoutOr("attention_dropout", 0));
    }

    private static IntPredicate fromSomeDepthOn(ConfigReader json) {
      int first = json.intOr("max_window_layers", 28, 0, Integer.MAX_VALUE);
      return layer -> layer >= first;
    }

    /** No layer has a window unless {@code use_sliding_window} says so. */
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

  private final Config config;
  private final DecoderParts parts;

  private Qwen(Config config) {
    this.config = config;
    parts = DecoderParts.of(config.sizes());
  }

  /** A model with the parameters under {@code model} of a checkpoint. */
  public static Backbone build(Config config, ParameterSource source) {
    return new Qwen(config).decoder().build(source);
  }

  private PreNormDecoder decoder() {
    return PreNormDecoder.of(
        parts,
        norm -> parts.rmsNorm(norm, config.normEps()),
        this::attention,
        (_, layer) -> parts.gatedMlp(layer.at("mlp"), config.activation(), false));
  }

  private SelfAttention attention(int layer, ParameterSource source) {
    return attention(config, parts, layer, source.at("self_attn"));
  }

  /** Attention of Qwen 2 or 3, with or without experts beside it. */
  public static SelfAttention attention(
      Config config, DecoderParts parts, int layer, ParameterSource self) {
    LayerKind kind = config.kinds().get(layer);
    return new SelfAttention(
        parts.qkv(self, config.qkvBias()),
        config.headNorms() ? parts.qkNorm(self.at("q_norm"), config.normEps()) : null,
        config.headNorms() ? parts.qkNorm(self.at("k_norm"), config.normEps()) : null,
        parts.rope(kind),
        parts.attention(layer, kind).withDropout(config.dropout()),
        parts.oProj(self, config.outputBias()));
  }
}
