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
import dev.rapt.nn.Norm;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.attention.QkvProjection;
import dev.rapt.nn.attention.SelfAttention;

/**
 * OLMo 1: a pre-norm decoder with LayerNorm without weights, half-split RoPE, GQA and SwiGLU. OLMo,
 * arXiv:2402.00838, section 2.1.
 *
 * <pre>
 * As {@link Llama}, but:
 * attention(h): q, k and v clipped to [-bound, bound] where clip_qkv is set
 * norm(x):      (x - mean(x)) / sqrt(var(x) + eps)       no weight, no bias
 * </pre>
 */
public final class Olmo {
  /** {@code olmo}. */
  public static final Family<Config, Backbone> FAMILY =
      new Family<>("olmo", "OlmoForCausalLM", "model", Config::parse, Olmo::build);

  /**
   * Configuration of OLMo 1.
   *
   * @param attentionBias whether the projections of attention have biases
   * @param qkvBound bound of the absolute values of q, k and v; 0 for none
   * @param dropout attention dropout, in training
   */
  public record Config(
      DecoderSizes sizes,
      Activation activation,
      RopeConfig rope,
      boolean attentionBias,
      float qkvBound,
      float dropout)
      implements SizedConfig {

    /** Reads a config.json. */
    public static Config parse(ConfigReader json) {
      DecoderSizes sizes = DecoderSizes.parse(json, DecoderSizes.Keys.LLAMA, false);
      return new Config(
          sizes,
          Activations.read(json, "hidden_act", "silu"),
          RopeConfig.parse(json, sizes.maxPositions()),
          json.boolOr("attention_bias", false),
          (float) json.atLeastZeroOr("clip_qkv", 0),
          json.dropoutOr("attention_dropout", 0));
    }

    @Override
    public String modelType() {
      return "olmo";
    }
  }

  private static final float NORM_EPS = 1e-5f;

  private final Config config;
  private final DecoderParts parts;

  private Olmo(Config config) {
    this.config = config;
    parts = DecoderParts.of(config.sizes());
  }

  /** Builds the model without its head from the parameters under {@code model}. */
  public static Backbone build(Config config, ParameterSource source) {
    return new Olmo(config).decoder().build(source);
  }

  private PreNormDecoder decoder() {
    return PreNormDecoder.of(
        parts,
        _ -> new Norm.NonParametricLayerNorm(NORM_EPS),
        this::attention,
        (_, layer) -> parts.gatedMlp(layer.at("mlp"), config.activation(), false));
  }

  private SelfAttention attention(int layer, ParameterSource source) {
    ParameterSource self = source.at("self_attn");
    LayerKind kind = LayerKind.full(config.rope());
    QkvProjection qkv = parts.qkv(self, config.attentionBias());
    return new SelfAttention(
        config.qkvBound() == 0 ? qkv : new QkvProjection.Clipped(qkv, config.qkvBound()),
        parts.rope(kind),
        parts.attention(layer, kind).withDropout(config.dropout()),
        parts.oProj(self, config.attentionBias()));
  }
}
