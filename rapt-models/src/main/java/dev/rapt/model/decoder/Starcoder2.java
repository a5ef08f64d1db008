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

/** StarCoder 2. arXiv:2402.19173, section 6. */
public final class Starcoder2 {
  /** {@code starcoder2}. */
  public static final Family<Config, Backbone> FAMILY =
      new Family<>(
          "starcoder2", "Starcoder2ForCausalLM", "model", Config::parse, Starcoder2::build);

  /**
   * StarCoder 2: pre-norm blocks with layer norms, rotary positions and an MLP without gate.
   *
   * @param window keys that a query looks back over, itself included; 0 for all
   * @param bias whether linear layers have biases
   * @param embeddingDropout probability to drop an element of the embeddings, in training
   * @param residualDropout the same of what attention and MLP add
   * @param attentionDropout the same of an attention weight
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

  /** A model with the parameters under {@code model} of a checkpoint. */
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
