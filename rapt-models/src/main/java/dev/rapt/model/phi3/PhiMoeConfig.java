package dev.rapt.model.phi3;

import dev.rapt.autograd.expert.ExpertWeighting;
import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.kernel.Activation;
import dev.rapt.model.config.Activations;
import dev.rapt.model.config.DecoderSizes;
import dev.rapt.model.config.HeadRule;
import dev.rapt.model.config.LayerKind;
import dev.rapt.model.config.Mixture;
import dev.rapt.model.config.RopeConfig;
import dev.rapt.model.config.RouterLoss;
import dev.rapt.model.config.SizedConfig;
import dev.rapt.nn.RopeScaling;

/**
 * Phi-3.5-MoE: layer norms, and a mixture of two of many experts weighted by SparseMixer. Choices
 * are made without the noise of training.
 *
 * @param window keys that a query looks back over, itself included; 0 for all
 * @param attentionBias whether the projections of attention have biases
 * @param headBias whether the head has one
 * @param dropout probability to drop an attention weight, in training
 */
public record PhiMoeConfig(
    DecoderSizes sizes,
    Activation activation,
    float normEps,
    RopeConfig rope,
    int window,
    boolean attentionBias,
    boolean headBias,
    Mixture mixture,
    float dropout)
    implements SizedConfig {

  /** Reads a config.json. */
  public static PhiMoeConfig parse(ConfigReader json) {
    DecoderSizes sizes = DecoderSizes.parse(json, DecoderSizes.Keys.LLAMA, false);
    float jitter = (float) json.doubleOr("router_jitter_noise", 0.01);
    return new PhiMoeConfig(
        sizes,
        Activations.read(json, "hidden_act", "silu"),
        json.epsilonOr("rms_norm_eps", 1e-5),
        rope(json, sizes.maxPositions()),
        LayerKind.parseWindow(json),
        json.boolOr("attention_bias", false),
        json.boolOr("lm_head_bias", false),
        Mixture.parse(json, "intermediate_size", new ExpertWeighting.SparseMixer(jitter)),
        json.dropoutOr("attention_dropout", 0));
  }

  /** LongRoPE has its factors of cos and sin in the file here, equal for short and long input. */
  private static RopeConfig rope(ConfigReader json, int maxPositions) {
    RopeConfig rope = RopeConfig.parse(json, maxPositions, 1e6);
    if (!(rope.scaling() instanceof RopeScaling.LongRope longRope)) {
      return rope;
    }
    ConfigReader found =
        json.object("rope_parameters").orElseGet(() -> json.requireObject("rope_scaling"));
    double factor = found.requireDouble("long_mscale");
    if (found.requireDouble("short_mscale") != factor) {
      throw found.error(
          "short_mscale",
          "must equal long_mscale, got %s and %s"
              .formatted(found.requireDouble("short_mscale"), factor));
    }
    return rope.withScaling(
        new RopeScaling.LongRope(
            longRope.shortFactor(),
            longRope.longFactor(),
            longRope.factor(),
            longRope.originalMaxPositions(),
            factor));
  }

  @Override
  public String modelType() {
    return "phimoe";
  }

  @Override
  public HeadRule head() {
    return headBias ? HeadRule.PLAIN.withBias() : HeadRule.PLAIN;
  }

  @Override
  public RouterLoss routerLoss() {
    return mixture.routerLoss();
  }
}
