package dev.rapt.autograd;

import dev.rapt.autograd.expert.ExpertChoice;
import dev.rapt.autograd.expert.ExpertDispatch;
import dev.rapt.autograd.expert.ExpertMatrices;
import dev.rapt.autograd.expert.ExpertWeighting;
import dev.rapt.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Mixture of experts: N tokens, each routed to topK of X experts.
 *
 * <pre>{@code
 * Tensor logits = Ops.linear(x, router, null, false);                        // (N, X), f32
 * Tensor chosen = choice.choose(logits);                                     // (N, topK)
 * Tensor weights = Experts.weights(logits, chosen, weighting);               // (N, topK)
 * ExpertDispatch dispatch = ExpertDispatch.of(chosen, numExperts);
 * Tensor rows = Experts.dispatch(x, dispatch);                               // (N topK, D)
 * Tensor inside = Ops.gate(
 *     Experts.linear(rows, gateAndUp, null, dispatch), GateLayout.HALVES, f); // (N topK, F)
 * Tensor out = Experts.linear(inside, down, null, dispatch);                 // (N topK, D)
 * return Experts.combine(out, weights, dispatch);                            // (N, D)
 * }</pre>
 */
public final class Experts {
  private Experts() {}

  /**
   * Returns the routing weights of the chosen experts.
   *
   * @param logits (N, X) f32
   * @param chosen (N, topK) i32, as returned by {@link ExpertChoice#choose}
   * @return (N, topK) f32
   */
  public static Tensor weights(Tensor logits, Tensor chosen, ExpertWeighting weighting) {
    return ExpertWeightsOp.apply(logits, chosen, weighting);
  }

  /**
   * Expert dispatch: copies each token once for each of its experts, in the order of the experts.
   *
   * @param x (N, D)
   * @return (N topK, D)
   */
  public static Tensor dispatch(Tensor x, ExpertDispatch dispatch) {
    return DispatchOp.apply(x, dispatch);
  }

  /**
   * Linear layer of the experts: x W^T + b with the weights of each row's expert. Experts without
   * rows cost nothing.
   *
   * @param x (N topK, K), in the order of the dispatch
   * @param bias (X, N) f32, or null
   * @return (N topK, N)
   */
  public static Tensor linear(
      Tensor x, ExpertMatrices weights, @Nullable Tensor bias, ExpertDispatch dispatch) {
    return ExpertLinearOp.apply(x, weights, bias, dispatch);
  }

  /**
   * Expert combine: the weighted sum of the expert outputs of each token.
   *
   * @param x (N topK, D), in the order of the dispatch
   * @param weights (N, topK) f32
   * @return (N, D)
   */
  public static Tensor combine(Tensor x, Tensor weights, ExpertDispatch dispatch) {
    return CombineOp.apply(x, weights, dispatch);
  }
}
