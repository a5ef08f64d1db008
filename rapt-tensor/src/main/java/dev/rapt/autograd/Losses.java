package dev.rapt.autograd;

import dev.rapt.tensor.Tensor;

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
    return CrossEntropyOp.apply(logits, targets, smoothing);
  }

  /**
   * The mean cross entropy of {@code head.logits(x)} against targets, computed and differentiated a
   * few rows at a time, so that the logits (rows, V) never exist as a whole.
   *
   * @param x (..., D)
   * @param targets i32, one for each row of x; -100 is left out
   * @param denominator what the sum of losses is divided by; 0 for the number of targets that are
   *     not -100
   */
  public static Tensor linearCrossEntropy(
      Tensor x, LinearHead head, Tensor targets, float smoothing, long denominator) {
    return LinearCrossEntropyOp.apply(x, head, targets, smoothing, denominator);
  }

  /**
   * Mean over all elements of the binary cross entropy of sigmoid(logits).
   *
   * @param targets f32, of the shape of the logits, in [0, 1]
   */
  public static Tensor binaryCrossEntropy(Tensor logits, Tensor targets) {
    return MeanLossOp.apply(logits, targets, new ElementLoss.BinaryCrossEntropy());
  }

  /**
   * Mean over all elements of (x - target)^2.
   *
   * @param targets f32, of the shape of x
   */
  public static Tensor meanSquaredError(Tensor x, Tensor targets) {
    return MeanLossOp.apply(x, targets, new ElementLoss.SquaredError());
  }

  /**
   * Mean over all elements of |x - target|.
   *
   * @param targets f32, of the shape of x
   */
  public static Tensor absoluteError(Tensor x, Tensor targets) {
    return MeanLossOp.apply(x, targets, new ElementLoss.AbsoluteError());
  }

  /**
   * Mean over all elements of a squared error near the target and an absolute one away from it: e^2
   * / 2 where |e| is below delta, delta (|e| - delta / 2) elsewhere. Huber 1964. PyTorch's
   * smooth_l1_loss is this divided by delta.
   *
   * @param targets f32, of the shape of x
   */
  public static Tensor huber(Tensor x, Tensor targets, double delta) {
    return MeanLossOp.apply(x, targets, new ElementLoss.Huber(delta));
  }

  /**
   * Mean over the rows of the cross entropy against distributions: distillation.
   *
   * @param logits (..., V)
   * @param targets f32, of the shape of the logits; each row sums to 1
   */
  public static Tensor softCrossEntropy(Tensor logits, Tensor targets) {
    return Ops.scale(dot(Ops.logSoftmax(logits), targets), -1f / logits.numRows());
  }

  /**
   * The sum over all elements of x times its weight.
   *
   * @param weights f32, of the shape of x, no parameters
   */
  public static Tensor dot(Tensor x, Tensor weights) {
    return DotOp.apply(x, weights);
  }
}
