package dev.rapt.model.decoder;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.kernel.Activation;
import dev.rapt.model.config.Activations;
import dev.rapt.model.config.DecoderSizes;
import dev.rapt.model.config.LayerKind;
import dev.rapt.model.config.RopeConfig;
import dev.rapt.model.config.SizedConfig;
import java.util.List;
import java.util.regex.Pattern;
import tools.jackson.databind.node.IntNode;

/**
 * GLM-4.5, dots.llm1 and Solar Open: grouped-query attention beside DeepSeek-V3's mixture of
 * experts.
 *
 * @param kinds what each layer sees
 * @param qkvBias whether queries, keys and values have biases
 * @param outputBias whether the output of attention has one
 * @param headNorms whether each head of queries and keys is normalised
 * @param numPredictLayers layers after the last, in the checkpoint, that predict further tokens;
 *     they are not loaded
 * @param dropout probability to drop an attention weight, in training
 */
public record Glm4MoeConfig(
    String modelType,
    DecoderSizes sizes,
    Activation activation,
    float normEps,
    List<LayerKind> kinds,
    boolean qkvBias,
    boolean outputBias,
    boolean headNorms,
    DeepSeekExperts experts,
    int numPredictLayers,
    float dropout)
    implements SizedConfig {

  /** Reads a config.json of GLM-4.5. */
  public static Glm4MoeConfig parseGlm4(ConfigReader json) {
    DecoderSizes sizes = DecoderSizes.parse(json, DecoderSizes.Keys.LLAMA, false);
    RopeConfig rope = RopeConfig.parsePartial(json, sizes.maxPositions(), 0.5);
    return parse(
        json,
        sizes,
        LayerKind.alike(sizes.numLayers(), LayerKind.full(rope)),
        false,
        json.boolOr("use_qk_norm", false),
        DeepSeekExperts.Defaults.GLM4,
        1e-5);
  }

  /** Reads a config.json of Solar Open, which has experts in every layer. */
  public static Glm4MoeConfig parseSolar(ConfigReader json) {
    DecoderSizes sizes = DecoderSizes.parse(json, DecoderSizes.Keys.LLAMA, false);
    RopeConfig rope = RopeConfig.parsePartial(json, sizes.maxPositions(), 1, 1e6);
    return parse(
        json.with("first_k_dense_replace", IntNode.valueOf(0)),
        sizes,
        LayerKind.alike(sizes.numLayers(), LayerKind.full(rope)),
        false,
        false,
        DeepSeekExperts.Defaults.SOLAR,
        1e-5);
  }

  /** Reads a config.json of dots.llm1. */
  public static Glm4MoeConfig parseDots1(ConfigReader json) {
    DecoderSizes sizes = DecoderSizes.parse(json, DecoderSizes.Keys.LLAMA, false);
    RopeConfig rope = RopeConfig.parse(json, sizes.maxPositions());
    int window = LayerKind.parseWindow(json, 4096);
    int firstSliding = json.intOr("max_window_layers", 62, 0, Integer.MAX_VALUE);
    List<LayerKind> kinds =
        LayerKind.parse(
            json,
            sizes.numLayers(),
            layer -> window != 0 && layer >= firstSliding,
            new LayerKind(window, rope),
            LayerKind.full(rope));
    return parse(
        json,
        sizes,
        kinds,
        json.boolOr("attention_bias", false),
        true,
        DeepSeekExperts.Defaults.DOTS1,
        1e-6);
  }

  private static Glm4MoeConfig parse(
      ConfigReader json,
      DecoderSizes sizes,
      List<LayerKind> kinds,
      boolean outputBias,
      boolean headNorms,
      DeepSeekExperts.Defaults defaults,
      double defaultEps) {
    return new Glm4MoeConfig(
        json.requireString("model_type"),
        sizes,
        Activations.read(json, "hidden_act", "silu"),
        json.epsilonOr("rms_norm_eps", defaultEps),
        kinds,
        json.boolOr("attention_bias", false),
        outputBias,
        headNorms,
        DeepSeekExperts.parse(json, DeepSeekExperts.Scoring.SIGMOID, defaults, sizes.numLayers()),
        json.intOr("num_nextn_predict_layers", 0, 0, 1 << 10),
        json.dropoutOr("attention_dropout", 0));
  }

  @Override
  public List<Pattern> unusedTensors() {
    return DeepSeekConfig.predictLayers(sizes.numLayers(), numPredictLayers);
  }
}
