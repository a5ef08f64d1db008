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
import dev.rapt.model.parts.DeepSeekMoe;
import dev.rapt.model.parts.PreNormDecoder;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.Layer;
import dev.rapt.nn.Norm;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.attention.HeadNorm;
import dev.rapt.nn.attention.SelfAttention;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.IntNode;

/**
 * GLM-4.5, dots.llm1 and Solar Open: Llama with a mixture of experts. A pre-norm decoder with
 * RMSNorm, half-split RoPE, grouped-query attention (GQA) and DeepSeekMoE with sigmoid routing, a
 * correction bias and shared experts. GLM-4.5, arXiv:2508.06471, section 2.1; dots.llm1,
 * arXiv:2506.05767, section 2; Solar Open, arXiv:2601.07022.
 *
 * <pre>
 * As Llama, but:
 * attention(h): q = rope(norm(h Wq))                     (B, T, H, E); norm with QK-norm only
 *               k = rope(norm(h Wk)), v = h Wv           (B, T, G, E)
 * mlp(h):       SwiGLU(h) in the first layers, then DeepSeekMoE: see {@link DeepSeekMoe}
 * </pre>
 *
 * <ul>
 *   <li>{@code glm4_moe} (GLM-4.5): RoPE on half of each head (partial rotary); QK-norm if
 *       configured.
 *   <li>{@code dots1} (dots.llm1): QK-norm; sliding windows if configured.
 *   <li>{@code solar_open} (Solar Open): experts in every layer, no QK-norm.
 * </ul>
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
   * What config.json of GLM-4.5, dots.llm1 or Solar Open says.
   *
   * @param kinds sliding window and RoPE of each layer
   * @param qkvBias whether the query, key and value projections have biases
   * @param outputBias whether the output projection of attention has a bias
   * @param qkNorm whether queries and keys are normalised, each head by itself
   * @param experts the mixture of experts, and which layers have it
   * @param numMtpLayers layers for multi-token prediction (MTP), which follow the last layer in a
   *     checkpoint and are not loaded
   * @param dropout probability of dropout on attention weights, in training
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
      DeepSeekMoe experts,
      int numMtpLayers,
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
          DeepSeekMoe.Defaults.GLM4,
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
          DeepSeekMoe.Defaults.SOLAR,
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
          DeepSeekMoe.Defaults.DOTS1,
          1e-6);
    }

    private static Config parse(
        ConfigReader json,
        DecoderSizes sizes,
        List<LayerKind> kinds,
        boolean outputBias,
        boolean qkNorm,
        DeepSeekMoe.Defaults defaults,
        double defaultEps) {
      return new Config(
          json.requireString("model_type"),
          sizes,
          Activations.read(json, "hidden_act", "silu"),
          json.epsilonOr("rms_norm_eps", defaultEps),
          kinds,
          json.boolOr("attention_bias", false),
          outputBias,
          qkNorm,
          DeepSeekMoe.parse(json, DeepSeekMoe.Scoring.SIGMOID, defaults, sizes.numLayers()),
          json.intOr("num_nextn_predict_layers", 0, 0, 1 << 10),
          json.dropoutOr("attention_dropout", 0));
    }

    @Override
    public List<Pattern> unusedTensors() {
      return DeepSeek.Config.mtpLayers(sizes.numLayers(), numMtpLayers);
    }
  }

  private final Config config;
  private final DecoderParts parts;

  private Glm4Moe(Config config) {
    this.config = config;
    parts = DecoderParts.of(config.sizes());
  }

  /** Builds the model without its head from the parameters under {@code model} of a checkpoint. */
  public static Backbone build(Config config, ParameterSource source) {
    Glm4Moe glm = new Glm4Moe(config);
    return PreNormDecoder.of(glm.parts, glm::norm, glm::attention, glm::mlp).build(source);
  }

  private Layer attention(int layer, ParameterSource source) {
    ParameterSource own = source.at("self_attn");
    LayerKind kind = config.kinds().get(layer);
    return new SelfAttention(
        parts.qkv(own, config.qkvBias()), // (B, T, H, E) and twice (B, T, G, E)
        qkNorm(own.at("q_norm")),
        qkNorm(own.at("k_norm")),
        parts.rope(kind),
        parts.attention(layer, kind).withDropout(config.dropout()), // (B, T, H E)
        parts.oProj(own, config.outputBias())); // (B, T, D)
  }

  private @Nullable HeadNorm qkNorm(ParameterSource source) {
    return config.qkNorm() ? parts.qkNorm(source, config.normEps()) : null;
  }

  /** SwiGLU in the first layers, then DeepSeekMoE. */
  private Layer mlp(int layer, ParameterSource source) {
    return config
        .experts()
        .mlp(layer, source.at("mlp"), config.sizes(), config.activation(), false);
  }

  private Norm norm(ParameterSource source) {
    return parts.rmsNorm(source, config.normEps());
  }
}
