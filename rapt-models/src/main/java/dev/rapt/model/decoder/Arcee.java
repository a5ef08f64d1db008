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
import dev.rapt.nn.Layer;
import dev.rapt.nn.Norm;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.attention.SelfAttention;

/**
 * Arcee Foundation Models: Llama with an MLP without gate and squared ReLU. A pre-norm decoder with
 * RMSNorm, half-split RoPE and grouped-query attention (GQA). Announcing Arcee Foundation Models,
 * Arcee AI 2025; squared ReLU, arXiv:2109.08668.
 *
 * <pre>
 * As Llama, but:
 * mlp(h): relu(h Wup)^2 Wdown                            (B, T, F) to (B, T, D)
 * </pre>
 */
public final class Arcee {
  /** {@code arcee}. */
  public static final Family<Config, Backbone> FAMILY =
      new Family<>("arcee", "ArceeForCausalLM", "model", Config::parse, Arcee::build);

  /**
   * What config.json of Arcee's models says.
   *
   * @param attentionBias whether the projections of attention have biases
   * @param mlpBias whether the two projections of the MLP have biases
   * @param dropout probability of dropout on attention weights, in training
   */
  public record Config(
      DecoderSizes sizes,
      Activation activation,
      float normEps,
      RopeConfig rope,
      boolean attentionBias,
      boolean mlpBias,
      float dropout)
      implements SizedConfig {

    /** Reads a config.json. */
    public static Config parse(ConfigReader json) {
      DecoderSizes sizes = DecoderSizes.parse(json, DecoderSizes.Keys.LLAMA, false);
      return new Config(
          sizes,
          Activations.read(json, "hidden_act", "relu2"),
          json.epsilonOr("rms_norm_eps", 1e-5),
          RopeConfig.parse(json, sizes.maxPositions()),
          json.boolOr("attention_bias", false),
          json.boolOr("mlp_bias", false),
          json.dropoutOr("attention_dropout", 0));
    }

    @Override
    public String modelType() {
      return "arcee";
    }
  }

  private final Config config;
  private final DecoderParts parts;

  private Arcee(Config config) {
    this.config = config;
    parts = DecoderParts.of(config.sizes());
  }

  /** Builds the model without its head from the parameters under {@code model} of a checkpoint. */
  public static Backbone build(Config config, ParameterSource source) {
    Arcee arcee = new Arcee(config);
    return PreNormDecoder.of(arcee.parts, arcee::norm, arcee::attention, arcee::mlp).build(source);
  }

  private Layer attention(int layer, ParameterSource source) {
    ParameterSource own = source.at("self_attn");
    return new SelfAttention(
        parts.qkv(own, config.attentionBias()), // (B, T, H, E) and twice (B, T, G, E)
        parts.rope(config.rope()),
        parts.attention(layer).withDropout(config.dropout()), // (B, T, H E)
        parts.oProj(own, config.attentionBias())); // (B, T, D)
  }

  /** relu(h Wup)^2 Wdown. */
  private Layer mlp(int layer, ParameterSource source) {
    return parts.mlp(
        source.at("mlp"), "up_proj", config.activation(), "down_proj", config.mlpBias());
  }

  private Norm norm(ParameterSource source) {
    return parts.rmsNorm(source, config.normEps());
  }
}
