package dev.rapt.model.parts;

import dev.rapt.autograd.ExpertChoice;
import dev.rapt.kernel.Activation;
import dev.rapt.model.config.DecoderSizes;
import dev.rapt.model.config.Mixture;
import dev.rapt.nn.ExpertMlp;
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
}
