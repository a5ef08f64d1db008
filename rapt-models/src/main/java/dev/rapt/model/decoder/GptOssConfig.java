package dev.rapt.model.decoder;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.kernel.Gating;
import dev.rapt.model.config.DecoderSizes;
import dev.rapt.model.config.LayerKind;
import dev.rapt.model.config.Mixture;
import dev.rapt.model.config.RopeConfig;
import dev.rapt.model.config.RouterLoss;
import dev.rapt.model.config.SizedConfig;
import java.util.List;

/**
 * gpt-oss: attention sinks, windows in every other layer, a mixture of experts with biases and
 * clamped gates in every layer.
 *
 * @param kinds what each layer sees
 * @param attentionBias whether the projections of attention have biases
 * @param gating the inside of an expert
 * @param dropout probability to drop an attention weight, in training
 */
public record GptOssConfig(
    DecoderSizes sizes,
    float normEps,
    List<LayerKind> kinds,
    boolean attentionBias,
    Mixture mixture,
    Gating gating,
    float dropout)
    implements SizedConfig {
  private static final float STEEPNESS = 1.702f;

  /** Reads a config.json. */
  public static GptOssConfig parse(ConfigReader json) {
    DecoderSizes sizes = DecoderSizes.parse(json, DecoderSizes.Keys.LLAMA, false);
    if (json.object("rope_parameters").or(() -> json.object("rope_scaling")).isEmpty()) {
      throw json.error("rope_parameters", "must say how rotations are stretched, but is missing");
    }
    RopeConfig rope = RopeConfig.parse(json, sizes.maxPositions(), 15e4);
    int window = json.intOr("sliding_window", 128, 1, Integer.MAX_VALUE);
    return new GptOssConfig(
        sizes,
        json.epsilonOr("rms_norm_eps", 1e-5),
        LayerKind.parse(
            json,
            sizes.numLayers(),
            layer -> layer % 2 == 0,
            new LayerKind(window, rope),
            LayerKind.full(rope)),
        json.boolOr("attention_bias", true),
        Mixture.parse(json, "intermediate_size", Mixture.SOFTMAX),
        new Gating.Clamped((float) json.atLeastZeroOr("swiglu_limit", 7), STEEPNESS),
        json.dropoutOr("attention_dropout", 0));
  }

  @Override
  public String modelType() {
    return "gpt_oss";
  }

  @Override
  public RouterLoss routerLoss() {
    return mixture.routerLoss();
  }
}
