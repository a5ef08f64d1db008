package dev.rapt.model.minimax;

import dev.rapt.autograd.expert.ExpertWeighting;
import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.kernel.Activation;
import dev.rapt.model.config.Activations;
import dev.rapt.model.config.DecoderSizes;
import dev.rapt.model.config.Mixture;
import dev.rapt.model.config.RopeConfig;
import dev.rapt.model.config.RouterLoss;
import dev.rapt.model.config.SizedConfig;

/**
 * MiniMax-M2: norms of all queries and all keys, part of each head rotated, experts in every layer.
 *
 * @param dropout probability to drop an attention weight, in training
 */
public record MiniMaxM2Config(
    DecoderSizes sizes,
    Activation activation,
    float normEps,
    RopeConfig rope,
    Mixture mixture,
    float dropout)
    implements SizedConfig {

  /** Reads a config.json. */
  public static MiniMaxM2Config parse(ConfigReader json) {
    DecoderSizes sizes = DecoderSizes.parse(json, DecoderSizes.Keys.LLAMA, false);
    int rotaryDim = json.intOr("rotary_dim", sizes.headDim(), 1, sizes.headDim());
    double share = (double) rotaryDim / sizes.headDim();
    return new MiniMaxM2Config(
        sizes,
        Activations.read(json, "hidden_act", "silu"),
        json.epsilonOr("rms_norm_eps", 1e-6),
        RopeConfig.parsePartial(json, sizes.maxPositions(), share, 5e6),
        Mixture.parse(json, "intermediate_size", new ExpertWeighting.Sigmoid(true, 1)),
        json.dropoutOr("attention_dropout", 0));
  }

  @Override
  public String modelType() {
    return "minimax_m2";
  }

  @Override
  public RouterLoss routerLoss() {
    return mixture.routerLoss();
  }
}
