package dev.rapt.autograd.loss;

import dev.rapt.autograd.Ops;
import dev.rapt.tensor.Tensor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Losses: scalars in f32, with gradients as in {@link Ops}. */
public final class Losses {
  private Losses() {}

  /**
   * Mean cross entropy of logits against targets, over the targets that are not -100.
   *
   * @param logits (..., V)
   * @param targets i32, one for each row of logits
   * @param smoothing label smoothing in [0, 1)
   */
  public static Tensor crossEntropy(Tensor logits, Tensor targets, float smoothing) {
    return crossEntropy(logits, targets, smoothing, 0);
  }

  /**
   * Cross entropy of logits against targets, summed over the targets that are not -100 and divided.
   *
   * @param logits (..., V)
   * @param targets i32, one for each row of logits
   * @param smoothing label smoothing in [0, 1)
   * @param denominator divisor of the sum of losses; 0 for the number of targets that are not -100
   */
  public static Tensor crossEntropy(
      Tensor logits, Tensor targets, float smoothing, long denominator) {
    return CrossEntropyOp.apply(logits, targets, smoothing, denominator);
  }

  /**
   * Fused cross entropy: the mean cross entropy of {@code head.logits(x)} against targets. The loss
   * and its gradient are computed a few rows at a time, so the logits (rows, V) never exist as a
   * whole.
   *
   * @param x (..., D)
   * @param targets i32, one for each row of x; rows with -100 are left out
   * @param denominator divisor of the sum of losses; 0 for the number of targets that are not -100
   */
  public static Tensor linearCrossEntropy(
      Tensor x, LinearHead head, Tensor targets, float smoothing, long denominator) {
    return LinearCrossEntropyOp.apply(x, head, targets, smoothing, denominator);
  }

  /**
   * Binary cross entropy of sigmoid(logits), averaged over all elements.
   *
   * @param targets f32, of the shape of the logits, in [0, 1]
   */
  public static Tensor binaryCrossEntropy(Tensor logits, Tensor targets) {
    return MeanLossOp.apply(logits, targets, new ElementLoss.BinaryCrossEntropy());
  }

  /**
   * Mean squared error: the mean over all elements of (x - target)^2.
   *
   * @param targets f32, of the shape of x
   */
  public static Tensor meanSquaredError(Tensor x, Tensor targets) {
    return MeanLossOp.apply(x, targets, new ElementLoss.SquaredError());
  }

  /**
   * Mean absolute error: the mean over all elements of |x - target|.
   *
   * @param targets f32, of the shape of x
   */
  public static Tensor absoluteError(Tensor x, Tensor targets) {
    return MeanLossOp.apply(x, targets, new ElementLoss.AbsoluteError());
  }

  /**
   * Huber loss, averaged over all elements: quadratic near the target and linear away from it, that
   * is e^2 / 2 where |e| is below delta, and delta (|e| - delta / 2) elsewhere. Huber 1964.
   * PyTorch's smooth_l1_loss is this divided by delta.
   *
   * @param targets f32, of the shape of x
   */
  public static Tensor huber(Tensor x, Tensor targets, double delta) {
    return MeanLossOp.apply(x, targets, new ElementLoss.Huber(delta));
  }

  /**
   * Cross entropy against target distributions, averaged over the rows, as in knowledge
   * distillation.
   *
   * @param logits (..., V)
   * @param targets f32, of the shape of the logits; each row sums to 1
   */
  public static Tensor softCrossEntropy(Tensor logits, Tensor targets) {
    return Ops.scale(dot(Ops.logSoftmax(logits), targets), -1f / logits.numRows());
  }

  /**
   * Dot product of x with constant weights, summed over all elements.
   *
   * @param weights f32, of the shape of x, not tracked
   */
  public static Tensor dot(Tensor x, Tensor weights) {
    return DotOp.apply(x, weights);
  }

  /**
   * Load-balancing loss, which is smallest when all experts get the same number of tokens: X times
   * the sum over experts of (share of the tokens routed to the expert) times (its mean router
   * probability). arXiv:2101.03961, section 2.2.
   *
   * @param logits (N, X) of each layer; tokens of all layers are counted together
   * @param topK experts for each token
   * @param mask N elements, i32, 0 for tokens that are left out; null if all count
   * @return a scalar, f32
   */
  public static Tensor loadBalance(List<Tensor> logits, int topK, @Nullable Tensor mask) {
    return LoadBalanceOp.apply(logits, topK, mask);
  }
}
