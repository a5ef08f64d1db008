package dev.rapt.nn;

import dev.rapt.autograd.Ops;
import dev.rapt.autograd.expert.ExpertChoice;
import dev.rapt.autograd.expert.ExpertWeighting;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Decides which experts a token is given to, and how much each contributes.
 *
 * @param weight (X, D)
 * @param bias (X), or null
 */
public record Router(
    Parameter weight, @Nullable Parameter bias, ExpertChoice choice, ExpertWeighting weighting) {

  /** A router with {@code weight} and perhaps {@code bias}. */
  public static Router of(
      ParameterSource source,
      long hiddenSize,
      long numExperts,
      boolean hasBias,
      double std,
      ExpertChoice choice,
      ExpertWeighting weighting) {
    return new Router(
        source.get("weight", new Init.Normal(std), numExperts, hiddenSize),
        source.getIf(hasBias, "bias", Init.ZEROS, numExperts),
        choice,
        weighting);
  }

  /** Scores (N, X) of tokens (N, D): f32 with the f32 weight, since small differences decide. */
  Tensor logits(Tensor tokens) {
    return Ops.linear(tokens, weight.value(), bias == null ? null : bias.value(), false, DType.F32);
  }
}
