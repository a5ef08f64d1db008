package dev.rapt.model.decoder;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.kernel.Activation;
import dev.rapt.model.config.Activations;
import dev.rapt.model.config.DecoderSizes;
import dev.rapt.model.config.RopeConfig;
import dev.rapt.model.config.SizedConfig;
import dev.rapt.model.family.Family;
import dev.rapt.model.parts.DecoderParts;
import dev.rapt.model.parts.PreNormDecoder;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.attention.SelfAttention;

/**
 * ERNIE 4.5 without experts, ERNIE 4.5 Technical Report, Baidu 2025; Helium, Kyutai 2025,
 * huggingface.co/kyutai/helium-1-2b.
 */
public final class Ernie45 {
  /** {@code ernie4_5}. */
  public static final Family<Config, Backbone> FAMILY =
      new Family<>("ernie4_5", "Ernie4_5ForCausalLM", "model", Config::parseErnie, Ernie45::build);

  /** {@code helium}. */
  public static final Family<Config, Backbone> HELIUM =
      new Family<>("helium", "HeliumForCausalLM", "model", Config::parseHelium, Ernie45::build);

  /**
   * ERNIE 4.5 and Helium: Llama with rotations of neighbours.
   *
   * @param qkvBias whether queries, keys and values have biases
   * @param outputBias whether the output of attention has one
   * @param mlpBias whether the layers of the MLP have biases
   * @param dropout probability to drop an attention weight, in training
   */
  public record Config(
      String modelType,
      DecoderSizes sizes,
      Activation activation,
      float normEps,
      RopeConfig rope,
      boolean qkvBias,
      boolean outputBias,
      boolean mlpBias,
      float dropout)
      implements SizedConfig {

    /** Reads a config.json of ERNIE 4.5. */
    public static Config parseErnie(ConfigReader json) {
      DecoderSizes sizes = DecoderSizes.parse(json, DecoderSizes.Keys.LLAMA, true);
      boolean bias = json.boolOr("use_bias", false);
      RopeConfig rope = RopeConfig.parse(json, sizes.maxPositions(), 5e5);
      return parse(json, sizes, 1e-5, rope, bias, bias, bias, 0);
    }

    /** Reads a config.json of Helium. */
    public static Config parseHelium(ConfigReader json) {
      DecoderSizes sizes = DecoderSizes.parse(json, DecoderSizes.Keys.LLAMA, false);
      RopeConfig rope = RopeConfig.parse(json, sizes.maxPositions(), 1e5);
      return parse(
          json,
          sizes,
          1e-8,
          rope,
          json.boolOr("attention_bias", false),
          false,
          json.boolOr("mlp_bias", false),
          json.dropoutOr("attention_dropout", 0));
    }

    private static Config parse(
        ConfigReader json,
        DecoderSizes sizes,
        double defaultEps,
        RopeConfig rope,
        boolean qkvBias,
        boolean outputBias,
        boolean mlpBias,
        float dropout) {
      return new Config(
          json.requireString("model_type"),
          sizes,
          Activations.read(json, "hidden_act", "silu"),
          json.epsilonOr("rms_norm_eps", defaultEps),
          rope,
          qkvBias,
          outputBias,
          mlpBias,
          dropout);
    }
  }

  private final Config config;
  private final DecoderParts parts;

  private Ernie45(Config config) {
    this.config = config;
    parts = DecoderParts.of(config.sizes()).interleavedRope();
  }

  /** A model with the parameters under {@code model} of a checkpoint. */
  public static Backbone build(Config config, ParameterSource source) {
    return new Ernie45(config).decoder().build(source);
  }

  private PreNormDecoder decoder() {
    return PreNormDecoder.of(
        parts,
        norm -> parts.rmsNorm(norm, config.normEps()),
        this::attention,
        (_, layer) -> parts.gatedMlp(layer.at("mlp"), config.activation(), config.mlpBias()));
  }

  private SelfAttention attention(int layer, ParameterSource source) {
    return attention(config, parts, layer, source.at("self_attn"));
  }

  /** Attention with or without experts beside it. */
  static SelfAttention attention(
      Config config, DecoderParts parts, int layer, ParameterSource self) {
    return new SelfAttention(
        parts.qkv(self, config.qkvBias()),
        parts.rope(config.rope()),
        parts.attention(layer).withDropout(config.dropout()),
        parts.oProj(self, config.outputBias()));
  }
}
