package dev.rapt.model.parts;

import dev.rapt.autograd.GateLayout;
import dev.rapt.autograd.expert.ExpertChoice;
import dev.rapt.kernel.Activation;
import dev.rapt.kernel.Gating;
import dev.rapt.model.config.DecoderSizes;
import dev.rapt.model.config.Mixture;
import dev.rapt.nn.ExpertLinear;
import dev.rapt.nn.ExpertMlp;
import dev.rapt.nn.GatedMlp;
import dev.rapt.nn.Init;
import dev.rapt.nn.Parameter;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.Router;

/** Parts of a mixture of experts in a model of these sizes. */
public record MixtureParts(DecoderSizes sizes, Mixture mixture) {
  /** A router with {@code weight} and perhaps {@code bias}. */
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
   * A router that adds a correction to scores for the choice alone.
   *
   * @param correction (X), of any shape
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

  /** An MLP of this width beside the experts, which all tokens share. */
  public GatedMlp shared(ParameterSource source, int size, Activation activation, boolean bias) {
    return GatedMlp.of(
        source, sizes.hiddenSize(), size, activation, bias, sizes.initStd(), sizes.residualStd());
  }

  /** Experts whose layers lie under their numbers. */
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
   * Experts under their numbers, or, as in newer checkpoints, in a tensor of all gates and values,
   * {@code gate_up_proj} (X, 2 F, D), and one of all that follows, {@code down_proj} (X, D, F).
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
