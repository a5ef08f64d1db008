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
import dev.rapt.nn.attention.RopeScaling;
import dev.rapt.nn.attention.SelfAttention;

/** HunYuan 0.5B to 7B. arXiv:2411.02265, section 2, without experts. */
public final class HunYuan {
  /** {@code hunyuan_v1_dense}. */
  public static final Family<Config, Backbone> FAMILY =
      new Family<>(
          "hunyuan_v1_dense", "HunYuanDenseV1ForCausalLM", "model", Config::parse, HunYuan::build);

  /**
   * HunYuan: Llama with norms of queries and keys behind their rotation.
   *
   * @param attentionBias whether the projections of attention have biases
   * @param dropout probability to drop an attention weight, in training
   */
  public record Config(
      String modelType,
      DecoderSizes sizes,
      Activation activation,
      float normEps,
      RopeConfig rope,
      boolean attentionBias,
      float dropout)
      implements SizedConfig {

    /** Reads a config.json. */
    public static Config parse(ConfigReader json) {
      DecoderSizes sizes = DecoderSizes.parse(json, DecoderSizes.Keys.LLAMA, false);
      return new Config(
          json.requireString("model_type"),
          sizes,
          Activations.read(json, "hidden_act", "silu"),
          json.epsilonOr("rms_norm_eps", 1e-5),
          rope(json, sizes),
          json.boolOr("attention_bias", false),
          json.dropoutOr("attention_dropout", 0));
    }

    /**
     * The rotation, whose base {@code alpha} makes larger, once and for all lengths: alpha^(E / (E
     * - 2)) times.
     */
    private static RopeConfig rope(ConfigReader json, DecoderSizes sizes) {
      RopeConfig rope = RopeConfig.parse(json, sizes.maxPositions());
      double alpha =
          json.object("rope_parameters")
              .or(() -> json.object("rope_scaling"))
              .map(scaling -> scaling.doubleOr("alpha", 0))
              .orElse(0.0);
      double E = sizes.headDim();
      return rope.scaling() instanceof RopeScaling.Dynamic && alpha != 0
          ? new RopeConfig(rope.theta() * Math.pow(alpha, E / (E - 2)), new RopeScaling.None())
          : rope;
    }
  }

  private HunYuan() {}

  /** A model with the parameters under {@code model} of a checkpoint. */
  public static Backbone build(Config config, ParameterSource source) {
    DecoderParts parts = DecoderParts.of(config.sizes());
    return PreNormDecoder.of(
            parts,
            norm -> parts.rmsNorm(norm, config.normEps()),
            (layer, block) -> attention(config, parts, layer, block.at("self_attn")),
            (_, block) -> parts.gatedMlp(block.at("mlp"), config.activation(), false))
        .build(source);
  }

  /** Attention whose queries and keys are rotated first, then normalised. */
  static SelfAttention attention(
      Config config, DecoderParts parts, int layer, ParameterSource self) {
    return new SelfAttention(
        parts.qkv(self, config.attentionBias()),
        parts.qkNorm(self.at("query_layernorm"), config.normEps()),
        parts.qkNorm(self.at("key_layernorm"), config.normEps()),
        parts.rope(config.rope()),
        parts.attention(layer).withDropout(config.dropout()),
        parts.oProj(self, config.attentionBias()),
        true);
  }
}
