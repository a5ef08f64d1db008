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
 * Seed-OSS: a pre-norm decoder with RMSNorm, half-split RoPE, GQA and SwiGLU. Seed-OSS Open-Source
 * Models, ByteDance Seed 2025.
 *
 * <pre>
 * As {@link Llama}, but:
 * attention(h): q = rope(h Wq + b), k = rope(h Wk + b), v = h Wv + b; no bias in Wo
 * training:     dropout of what attention and MLP add
 * </pre>
 */
public final class SeedOss {
  /** {@code seed_oss}. */
  public static final Family<Config, Backbone> FAMILY =
      new Family<>("seed_oss", "SeedOssForCausalLM", "model", Config::parse, SeedOss::build);

  /**
   * Configuration of Seed-OSS.
   *
   * @param qkvBias whether the projections of queries, keys and values have biases
   * @param outputBias whether the output projection of attention has a bias
   * @param mlpBias whether the projections of the MLP have biases
   * @param attentionDropout dropout of attention weights, in training
   * @param residualDropout dropout of what attention and MLP add, in training
   */
  public record Config(
      DecoderSizes sizes,
      Activation activation,
      float normEps,
      RopeConfig rope,
      boolean qkvBias,
      boolean outputBias,
      boolean mlpBias,
      float attentionDropout,
      float residualDropout)
      implements SizedConfig {

    /** Reads a config.json. */
    public static Config parse(ConfigReader json) {
      DecoderSizes sizes = DecoderSizes.parse(json, DecoderSizes.Keys.LLAMA, false);
      return new Config(
          sizes,
          Activations.read(json, "hidden_act", "silu"),
          json.epsilonOr("rms_norm_eps", 1e-6),
          RopeConfig.parse(json, sizes.maxPositions()),
          json.boolOr("attention_bias", true),
          json.boolOr("attention_out_bias", false),
          json.boolOr("mlp_bias", false),
          json.dropoutOr("attention_dropout", 0.1),
          json.dropoutOr("residual_dropout", 0.1));
    }

    @Override
    public String modelType() {
      return "seed_oss";
    }
  }

  private final Config config;
  private final DecoderParts parts;

  private SeedOss(Config config) {
    this.config = config;
    parts = DecoderParts.of(config.sizes());
  }

  /** Builds the model without its head from the parameters under {@code model}. */
  public static Backbone build(Config config, ParameterSource source) {
    return new SeedOss(config).decoder().build(source);
  }

  private PreNormDecoder decoder() {
    return PreNormDecoder.of(
            parts,
            norm -> parts.rmsNorm(norm, config.normEps()),
            this::attention,
            (_, layer) -> parts.gatedMlp(layer.at("mlp"), config.activation(), config.mlpBias()))
        .withDropout(0, config.residualDropout());
  }

  private SelfAttention attention(int layer, ParameterSource source) {
    ParameterSource self = source.at("self_attn");
    return new SelfAttention(
        parts.qkv(self, config.qkvBias()),
        parts.rope(config.rope()),
        parts.attention(layer).withDropout(config.attentionDropout()),
        parts.oProj(self, config.outputBias()));
  }
}
