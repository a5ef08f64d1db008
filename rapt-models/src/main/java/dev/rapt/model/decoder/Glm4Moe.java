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
import dev.rapt.nn.attention.HeadNorm;
import dev.rapt.nn.attention.SelfAttention;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.IntNode;

/**
 * GLM-4.5, arXiv:2508.06471, section 2.1; dots.llm1, arXiv:2506.05767, section 2; Solar Open,
 * arXiv:2601.07022.
 */
public final class Glm4Moe {
  /** {@code dots1}. */
  public static final Family<Config, Backbone> DOTS1 =
      new Family<>("dots1", "Dots1ForCausalLM", "model", Config::parseDots1, Glm4Moe::build);

  /** {@code glm4_moe}. */
  public static final Family<Config, Backbone> FAMILY =
      new Family<>("glm4_moe", "Glm4MoeForCausalLM", "model", Config::parseGlm4, Glm4Moe::build);

  /** {@code solar_open}. */
  public static final Family<Config, Backbone> SOLAR_OPEN =
      new Family<>(
          "solar_open", "SolarOpenForCausalLM", "model", Config::parseSolar, Glm4Moe::build);

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
  public record Config(
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
    public static Config parseGlm4(ConfigReader json) {
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
    public static Config parseSolar(ConfigReader json) {
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
    public static Config parseDots1(ConfigReader json) {
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

    private static Config parse(
        ConfigReader json,
        DecoderSizes sizes,
        List<LayerKind> kinds,
        boolean outputBias,
        boolean headNorms,
        DeepSeekExperts.Defaults defaults,
        double defaultEps) {
      return new Config(
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
      return DeepSeek.Config.predictLayers(sizes.numLayers(), numPredictLayers);
    }
  }

  private final Config config;
  private final DecoderParts parts;

  private Glm4Moe(Config config) {
    this.config = config;
    parts = DecoderParts.of(config.sizes());
  }

  /** A model with the parameters under {@code model} of a checkpoint. */
  public static Backbone build(Config config, ParameterSource source) {
    return new Glm4Moe(config).decoder().build(source);
  }

  private PreNormDecoder decoder() {
    return PreNormDecoder.of(
        parts,
        norm -> parts.rmsNorm(norm, config.normEps()),
        (layer, source) -> attention(layer, source.at("self_attn")),
        (layer, source) ->
            config
                .experts()
                .mlp(layer, source.at("mlp"), config.sizes(), config.activation(), false));
  }

  private SelfAttention attention(int layer, ParameterSource source) {
    LayerKind kind = config.kinds().get(layer);
    return new SelfAttention(
        parts.qkv(source, config.qkvBias()),
        headNorm(source.at("q_norm")),
        headNorm(source.at("k_norm")),
        parts.rope(kind),
        parts.attention(layer, kind).withDropout(config.dropout()),
        parts.oProj(source, config.outputBias()));
  }

  private @Nullable HeadNorm headNorm(ParameterSource source) {
    return config.headNorms() ? parts.qkNorm(source, config.normEps()) : null;
  }
}
