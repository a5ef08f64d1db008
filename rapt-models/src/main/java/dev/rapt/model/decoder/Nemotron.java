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
import dev.rapt.nn.attention.SelfAttention;

/**
 * Nemotron-4 and Minitron: a pre-norm decoder with LayerNorm with (1 + w), partial rotary, GQA and
 * squared ReLU. Nemotron-4, arXiv:2402.16819, section 2.
 *
 * <pre>
 * As {@link Llama}, but:
 * attention(h): half-split RoPE of the first half of each head
 * mlp(h):       relu(h Wup)^2 Wdown                      (B, T, F) to (B, T, D)
 * norm(x):      (x - mean(x)) / sqrt(var(x) + eps) (1 + weight) + bias
 * </pre>
 */
public final class Nemotron {
  /** {@code nemotron}. */
  public static final Family<Config, Backbone> FAMILY =
      new Family<>("nemotron", "NemotronForCausalLM", "model", Config::parse, Nemotron::build);

  /**
   * Configuration of Nemotron.
   *
   * @param rope half-split RoPE of part of each head (partial rotary)
   * @param attentionBias whether the projections of attention have biases
   * @param mlpBias whether the projections of the MLP have biases
   * @param dropout attention dropout, in training
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
          json.epsilonOr("norm_eps", 1e-5),
          RopeConfig.parsePartial(json, sizes.maxPositions(), 0.5),
          json.boolOr("attention_bias", false),
          json.boolOr("mlp_bias", false),
          json.dropoutOr("attention_dropout", 0));
    }

    @Override
    public String modelType() {
      return "nemotron";
    }
  }

  private final Config config;
  private final DecoderParts parts;

  private Nemotron(Config config) {
    this.config = config;
    parts = DecoderParts.of(config.sizes());
  }

  /** Builds the model without its head from the parameters under {@code model}. */
  public static Backbone build(Config config, ParameterSource source) {
    return new Nemotron(config).decoder().build(source);
  }

  private PreNormDecoder decoder() {
    return PreNormDecoder.of(
        parts,
        norm -> Norm.LayerNorm.zeroCentered(norm, config.hiddenSize(), config.normEps()),
        this::attention,
        (_, layer) ->
            parts.mlp(
                layer.at("mlp"), "up_proj", config.activation(), "down_proj", config.mlpBias()));
  }

  private SelfAttention attention(int layer, ParameterSource source) {
    ParameterSource self = source.at("self_attn");
    LayerKind kind = LayerKind.full(config.rope());
    return new SelfAttention(
        parts.qkv(self, config.attentionBias()),
        parts.rope(kind),
        parts.attention(layer, kind).withDropout(config.dropout()),
        parts.oProj(self, config.attentionBias()));
  }
}
