package dev.rapt.nn.mlp;

import dev.rapt.autograd.Ops;
import dev.rapt.autograd.expert.ExpertChoice;
import dev.rapt.autograd.expert.ExpertWeighting;
import dev.rapt.nn.Init;
import dev.rapt.nn.Parameter;
import dev.rapt.nn.ParameterSource;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * The router of a mixture of experts: a linear layer that scores the experts for each token.
 *
 * @param weight (X, D)
 * @param bias (X), or null
 * @param choice which experts a token goes to, given its scores
 * @param weighting weight of each chosen expert's output, given its scores
 */
public record Router(
    Parameter weight, @Nullable Parameter bias, ExpertChoice choice, ExpertWeighting weighting) {

  /**
   * Creates a router from {@code weight} and perhaps {@code bias} of a checkpoint.
   *
   * @param hiddenSize D
   * @param numExperts X
   * @param std standard deviation of a new weight
   */
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

  /** Logits (N, X) of tokens (N, D), always in f32: small differences decide the top k. */
  Tensor logits(Tensor tokens) {
    return Ops.linear(tokens, weight.value(), bias == null ? null : bias.value(), false, DType.F32);
  }
}
