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
import dev.rapt.nn.attention.SelfAttention;

/**
 * StarCoder 2: a pre-norm decoder with LayerNorm, half-split RoPE, GQA with a sliding window, and a
 * plain GELU MLP, with biases. StarCoder 2, arXiv:2402.19173, section 6.
 *
 * <pre>
 * As {@link Llama}, but:
 * attention(h): of position p sees the keys of p - window + 1 to p
 * mlp(h):       gelu(h Wup + b) Wdown + b                (B, T, F) to (B, T, D)
 * norm(x):      LayerNorm
 * </pre>
 */
public final class Starcoder2 {
  /** {@code starcoder2}. */
  public static final Family<Config, Backbone> FAMILY =
      new Family<>(
          "starcoder2", "Starcoder2ForCausalLM", "model", Config::parse, Starcoder2::build);

  /**
   * Configuration of StarCoder 2.
   *
   * @param window length of the sliding window, the query's own position included; 0 for full
   *     attention
   * @param bias whether linear layers have biases
   * @param embeddingDropout dropout of the embeddings, in training
   * @param residualDropout dropout of what attention and MLP add, in training
   * @param attentionDropout dropout of attention weights, in training
   */
  public record Config(
      DecoderSizes sizes,
      Activation activation,
      float normEps,
      RopeConfig rope,
      int window,
      boolean bias,
      float embeddingDropout,
      float residualDropout,
      float attentionDropout)
      implements SizedConfig {

    /** Reads a config.json. */
    public static Config parse(ConfigReader json) {
      DecoderSizes sizes = DecoderSizes.parse(json, DecoderSizes.Keys.LLAMA, true);
      return new Config(
          sizes,
          Activations.read(json, "hidden_act", "gelu_pytorch_tanh"),
          json.epsilonOr("norm_epsilon", 1e-5),
          RopeConfig.parse(json, sizes.maxPositions()),
          LayerKind.parseWindow(json),
          json.boolOr("use_bias", true),
          json.dropoutOr("embedding_dropout", 0),
          json.dropoutOr("residual_dropout", 0),
          json.dropoutOr("attention_dropout", 0));
    }

    @Override
    public String modelType() {
      return "starcoder2";
    }
  }

  private final Config config;
  private final DecoderParts parts;

  private Starcoder2(Config config) {
    this.config = config;
    parts = DecoderParts.of(config.sizes());
  }

  /** Builds the model without its head from the parameters under {@code model}. */
  public static Backbone build(Config config, ParameterSource source) {
    return new Starcoder2(config).decoder().build(source);
  }

  private PreNormDecoder decoder() {
    return PreNormDecoder.of(
            parts,
            norm -> parts.layerNorm(norm, config.normEps()),
            this::attention,
            (_, layer) ->
                parts.mlp(layer.at("mlp"), "c_fc", config.activation(), "c_proj", config.bias()))
        .withDropout(config.embeddingDropout(), config.residualDropout());
  }

  private SelfAttention attention(int layer, ParameterSource source) {
    ParameterSource self = source.at("self_attn");
    LayerKind kind = new LayerKind(config.window(), config.rope());
    return new SelfAttention(
        parts.qkv(self, config.bias()),
        parts.rope(kind),
        parts.attention(layer, kind).withDropout(config.attentionDropout()),
        parts.oProj(self, config.bias()));
  }
}
