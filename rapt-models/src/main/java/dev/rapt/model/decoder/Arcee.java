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

/** Arcee Foundation Models. Announcing Arcee Foundation Models, Arcee AI 2025. */
public final class Arcee {
  /** {@code arcee}. */
  public static final Family<Config, Backbone> FAMILY =
      new Family<>("arcee", "ArceeForCausalLM", "model", Config::parse, Arcee::build);

  /**
   * Arcee: Llama whose MLP has no gate and a squared ReLU.
   *
   * @param attentionBias whether the projections of attention have biases
   * @param mlpBias whether the layers of the MLP have biases
   * @param dropout probability to drop an attention weight, in training
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

  /** A model with the parameters under {@code model} of a checkpoint. */
  public static Backbone build(Config config, ParameterSource source) {
    return new Arcee(config).decoder().build(source);
  }

  private PreNormDecoder decoder() {
    return PreNormDecoder.of(
        parts,
        norm -> parts.rmsNorm(norm, config.normEps()),
        (layer, source) -> attention(layer, source.at("self_attn")),
        (_, source) ->
            parts.mlp(
                source.at("mlp"), "up_proj", config.activation(), "down_proj", config.mlpBias()));
  }

  private SelfAttention attention(int layer, ParameterSource self) {
    return new SelfAttention(
        parts.qkv(self, config.attentionBias()),
        parts.rope(config.rope()),
        parts.attention(layer).withDropout(config.dropout()),
        parts.oProj(self, config.attentionBias()));
  }
}
