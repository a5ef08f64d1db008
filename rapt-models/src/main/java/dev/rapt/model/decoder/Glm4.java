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
import dev.rapt.nn.Backbone;
import dev.rapt.nn.Norm;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.attention.SelfAttention;
import dev.rapt.nn.block.Block;
import dev.rapt.nn.block.Residual;
import dev.rapt.nn.block.SandwichBlock;
import dev.rapt.nn.block.Stack;

/**
 * GLM-4 of April 2025. arXiv:2406.12793, and the norms of Hugging Face's {@code Glm4DecoderLayer}.
 */
public final class Glm4 {
  /** {@code glm4}. */
  public static final Family<Config, Backbone> FAMILY =
      new Family<>("glm4", "Glm4ForCausalLM", "model", Config::parse, Glm4::build);

  /**
   * GLM-4: neighbours rotated in half of each head, a fused gate; norms around attention and MLP
   * since April 2025.
   *
   * @param qkvBias whether queries, keys and values have biases
   * @param dropout probability to drop an attention weight, in training
   */
  public record Config(
      String modelType,
      DecoderSizes sizes,
      Activation activation,
      float normEps,
      RopeConfig rope,
      boolean qkvBias,
      float dropout)
      implements SizedConfig {

    /** Reads a config.json. */
    public static Config parse(ConfigReader json) {
      DecoderSizes sizes = DecoderSizes.parse(json, DecoderSizes.Keys.LLAMA, false);
      return new Config(
          json.requireString("model_type"),
          sizes,
          Activations.read(json, "hidden_act", "silu"),
          json.epsilonOr("rms_norm_eps", 1.5625e-7),
          RopeConfig.parsePartial(json, sizes.maxPositions(), 0.5),
          json.boolOr("attention_bias", true),
          json.dropoutOr("attention_dropout", 0));
    }
  }

  private final Config config;
  private final DecoderParts parts;

  private Glm4(Config config) {
    this.config = config;
    parts = DecoderParts.of(config.sizes()).interleavedRope();
  }

  /** A model with the parameters under {@code model} of a checkpoint. */
  public static Backbone build(Config config, ParameterSource source) {
    Glm4 glm = new Glm4(config);
    return new Stack(
        glm.parts.embeddings(source),
        Stack.blocks(config.numLayers(), source.at("layers"), glm::block),
        glm.norm(source.at("norm")));
  }

  private Block block(int layer, ParameterSource source) {
    return new SandwichBlock(
        norm(source.at("input_layernorm")),
        attention(config, parts, layer, source.at("self_attn")),
        norm(source.at("post_self_attn_layernorm")),
        norm(source.at("post_attention_layernorm")),
        parts.fusedGatedMlp(source.at("mlp"), config.activation()),
        norm(source.at("post_mlp_layernorm")),
        Residual.of(layer, 0));
  }

  private Norm norm(ParameterSource source) {
    return parts.rmsNorm(source, config.normEps());
  }

  /** Attention of GLM-4, with two norms a block or four. */
  static SelfAttention attention(
      Config config, DecoderParts parts, int layer, ParameterSource source) {
    LayerKind kind = LayerKind.full(config.rope());
    return new SelfAttention(
        parts.qkv(source, config.qkvBias()),
        parts.rope(kind),
        parts.attention(layer, kind).withDropout(config.dropout()),
        parts.oProj(source, false));
  }
}
