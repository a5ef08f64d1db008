package dev.rapt.model.decoder;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.kernel.Activation;
import dev.rapt.model.config.Activations;
import dev.rapt.model.config.DecoderSizes;
import dev.rapt.model.config.RopeConfig;
import dev.rapt.model.config.SizedConfig;
import dev.rapt.nn.attention.RopeScaling;

/**
 * HunYuan: Llama with norms of queries and keys behind their rotation.
 *
 * @param attentionBias whether the projections of attention have biases
 * @param dropout probability to drop an attention weight, in training
 */
public record HunYuanConfig(
    String modelType,
    DecoderSizes sizes,
    Activation activation,
    float normEps,
    RopeConfig rope,
    boolean attentionBias,
    float dropout)
    implements SizedConfig {

  /** Reads a config.json. */
  public static HunYuanConfig parse(ConfigReader json) {
    DecoderSizes sizes = DecoderSizes.parse(json, DecoderSizes.Keys.LLAMA, false);
    return new HunYuanConfig(
        json.requireString("model_type"),
        sizes,
        Activations.read(json, "hidden_act", "silu"),
        json.epsilonOr("rms_norm_eps", 1e-5),
        rope(json, sizes),
        json.boolOr("attention_bias", false),
        json.dropoutOr("attention_dropout", 0));
  }

  /**
   * The rotation, whose base {@code alpha} makes larger, once and for all lengths: alpha^(E / (E -
   * 2)) times.
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
