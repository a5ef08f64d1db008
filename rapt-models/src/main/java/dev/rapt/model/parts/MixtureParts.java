package dev.rapt.model.parts;

import dev.rapt.autograd.GateLayout;
import dev.rapt.autograd.expert.ExpertChoice;
import dev.rapt.kernel.Activation;
import dev.rapt.kernel.Gating;
import dev.rapt.model.config.DecoderSizes;
import dev.rapt.model.config.Mixture;
import dev.rapt.nn.Init;
import dev.rapt.nn.Parameter;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.mlp.ExpertLinear;
import dev.rapt.nn.mlp.ExpertMlp;
import dev.rapt.nn.mlp.GatedMlp;
import dev.rapt.nn.mlp.Router;

/**
 * Builds the parts of a mixture-of-experts (MoE) layer: router, experts and shared expert.
 *
 * @param sizes of the decoder
 * @param mixture number and width of the experts, and how tokens are routed
 */
public record MixtureParts(DecoderSizes sizes, Mixture mixture) {
  /** A top-k router: a linear layer (X, D) whose largest logits choose the experts. */
  public Router router(ParameterSource source, boolean bias) {
    return Router.of(
        source,
        sizes.hiddenSize(),
        mixture.numExperts(),
        bias,
        sizes.initStd(),
        ExpertChoice.largest(mixture.topK()),
        mixture.weighting());
  }

  /**
   * A top-k router with a correction bias, which is added to the scores to choose the experts but
   * not to weight them: load balancing without an auxiliary loss, as in DeepSeek-V3.
   *
   * @param score what turns the router's logits into scores
   * @param correction X values, of any shape
   */
  public Router router(ParameterSource source, ExpertChoice.Score score, Parameter correction) {
    ExpertChoice choice =
        new ExpertChoice(
            mixture.topK(), score, correction.value().reshape(-1), ExpertChoice.Groups.NONE);
    return Router.of(
        source,
        sizes.hiddenSize(),
        mixture.numExperts(),
        false,
        sizes.initStd(),
        choice,
        mixture.weighting());
  }

  /** A shared expert: a gated MLP of width {@code size} that every token goes through. */
  public GatedMlp sharedExpert(
      ParameterSource source, int size, Activation activation, boolean bias) {
    return GatedMlp.of(
        source, sizes.hiddenSize(), size, activation, bias, sizes.initStd(), sizes.residualStd());
  }

  /** X gated experts with parameters of their own, under {@code 0}, {@code 1}, ... */
  public ExpertMlp experts(
      ParameterSource source, ExpertMlp.Gated.Names names, Activation activation) {
    return ExpertMlp.Gated.of(
        source,
        names,
        mixture.numExperts(),
        sizes.hiddenSize(),
        mixture.intermediateSize(),
        activation,
        sizes.initStd(),
        sizes.residualStd());
  }

  /**
   * X gated experts, in either of two layouts: parameters of their own under {@code 0}, {@code 1},
   * ..., or, in newer checkpoints, stacked into {@code gate_up_proj} (X, 2 F, D) and {@code
   * down_proj} (X, D, F).
   */
  public ExpertMlp experts(ParameterSource source, Activation activation) {
    boolean numbered = source.at("0").at(ExpertMlp.Gated.Names.PROJ.gate()).has("weight");
    return numbered
        ? experts(source, ExpertMlp.Gated.Names.PROJ, activation)
        : stacked(source, activation);
  }

  private ExpertMlp stacked(ParameterSource source, Activation activation) {
    int X = mixture.numExperts();
    int D = sizes.hiddenSize();
    long F = mixture.intermediateSize();
    Init up = new Init.Normal(sizes.initStd());
    Init down = new Init.Normal(sizes.residualStd());
    return new ExpertMlp.Fused(
        new ExpertLinear.Stacked(source.get("gate_up_proj", up, X, 2 * F, D), false, null),
        GateLayout.HALVES,
        new Gating.Product(activation),
        new ExpertLinear.Stacked(source.get("down_proj", down, X, D, F), false, null));
  }
}
