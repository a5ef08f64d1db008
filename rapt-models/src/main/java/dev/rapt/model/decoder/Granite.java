package dev.rapt.model.decoder;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.kernel.Activation;
import dev.rapt.model.config.Activations;
import dev.rapt.model.config.DecoderSizes;
import dev.rapt.model.config.HeadRule;
import dev.rapt.model.config.LayerKind;
import dev.rapt.model.config.RopeConfig;
import dev.rapt.model.config.SizedConfig;
import dev.rapt.model.family.Family;
import dev.rapt.model.parts.DecoderParts;
import dev.rapt.model.parts.PreNormDecoder;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.attention.SelfAttention;

/**
 * Granite 3 without experts. Its factors are those of maximal update parametrisation:
 * arXiv:2203.03466.
 */
public final class Granite {
  /** {@code granite}. */
  public static final Family<Config, Backbone> FAMILY =
      new Family<>("granite", "GraniteForCausalLM", "model", Config::parse, Granite::build);

  /**
   * Granite 3: Llama with four factors.
   *
   * @param attentionBias whether the projections of attention have biases
   * @param mlpBias whether the layers of the MLP have biases
   * @param factors of embeddings, scores, additions and logits
   * @param dropout probability to drop an attention weight, in training
   */
  public record Config(
      DecoderSizes sizes,
      Activation activation,
      float normEps,
      RopeConfig rope,
      boolean attentionBias,
      boolean mlpBias,
      Factors factors,
      float dropout)
      implements SizedConfig {

    /**
     * Granite's factors.
     *
     * @param embedding of the tokens' vectors
     * @param attention of the scores, in place of 1 / sqrt(E)
     * @param residual of what attention and MLP add to the stream
     * @param logits what logits are divided by
     */
    public record Factors(float embedding, float attention, float residual, float logits) {
      /** Reads them; each is 1 where the file does not say. */
      public static Factors parse(ConfigReader json) {
        return new Factors(
            (float) json.doubleOr("embedding_multiplier", 1),
            (float) json.doubleOr("attention_multiplier", 1),
            (float) json.doubleOr("residual_multiplier", 1),
            (float) json.positiveOr("logits_scaling", 1));
      }
    }

    /** Reads a config.json. */
    public static Config parse(ConfigReader json) {
      DecoderSizes sizes = DecoderSizes.parse(json, DecoderSizes.Keys.LLAMA, false);
      return new Config(
          sizes,
          Activations.read(json, "hidden_act", "silu"),
          json.epsilonOr("rms_norm_eps", 1e-6),
          RopeConfig.parse(json, sizes.maxPositions()),
          json.boolOr("attention_bias", false),
          json.boolOr("mlp_bias", false),
          Factors.parse(json),
          json.dropoutOr("attention_dropout", 0));
    }

    @Override
    public String modelType() {
      return "granite";
    }

    @Override
    public HeadRule head() {
      return HeadRule.PLAIN.scaled(1.0 / factors.logits());
    }
  }

  private final Config config;
  private final DecoderParts parts;

  private Granite(Config config) {
    this.config = config;
    parts = DecoderParts.of(config.sizes());
  }

  /** A model with the parameters under {@code model} of a checkpoint. */
  public static Backbone build(Config config, ParameterSource source) {
    return new Granite(config).decoder().build(source);
  }

  private PreNormDecoder decoder() {
    return PreNormDecoder.of(
            parts,
            norm -> parts.rmsNorm(norm, config.normEps()),
            this::attention,
            (_, layer) -> parts.gatedMlp(layer.at("mlp"), config.activation(), config.mlpBias()))
        .scaled(config.factors().embedding(), config.factors().residual());
  }

  private SelfAttention attention(int layer, ParameterSource source) {
    return attention(config, parts, layer, source.at("self_attn"));
  }

  /** Attention of Granite, with or without experts beside it. */
  public static SelfAttention attention(
      Config config, DecoderParts parts, int layer, ParameterSource self) {
    LayerKind kind = LayerKind.full(config.rope());
    return new SelfAttention(
        parts.qkv(self, config.attentionBias()),
        parts.rope(kind),
        parts
            .attention(layer, kind)
            .scaled(config.factors().attention())
            .withDropout(config.dropout()),
        parts.oProj(self, config.attentionBias()));
  }
}
