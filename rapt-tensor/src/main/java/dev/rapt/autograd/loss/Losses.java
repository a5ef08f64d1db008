package dev.rapt.autograd.loss;

import dev.rapt.autograd.Ops;
import dev.rapt.kernel.SoftmaxKernel;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Losses: scalars in f32, with gradients as in {@link Ops}.
 *
 * <p>A loss with a denominator is a sum divided by it, so that the losses of several micro-batches
 * add up to the mean over all of them. The denominator 0 stands for what makes it the mean over its
 * own batch.
 */
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
      Tensor logits, Tensor targets, float smoothing, double denominator) {
    RowLoss loss = new CrossEntropyRows(targets, logits.numRows(), logits.lastDim(), smoothing);
    return RowLossOp.apply(logits, loss, ClassTargets.divisor(targets, denominator));
  }

  /**
   * Cross entropy with a weight for each class, as in PyTorch: the loss of a row has the weight of
   * its target, and with label smoothing the term of each class has the weight of that class.
   *
   * @param logits (..., V)
   * @param targets i32, one for each row of logits; -100 is ignored
   * @param classWeights V weights, at least 0
   * @param smoothing label smoothing in [0, 1)
   * @param denominator divisor of the sum of losses; 0 for {@link #totalWeight} of the targets
   */
  public static Tensor crossEntropy(
      Tensor logits, Tensor targets, float[] classWeights, float smoothing, double denominator) {
    int rows = Math.toIntExact(logits.numRows());
    int V = Math.toIntExact(logits.lastDim());
    requireWeights("cross entropy: class weights", classWeights, V);
    int[] wanted = ClassTargets.require(targets, rows, V).toInts();
    double divisor = denominator == 0 ? totalWeight(wanted, classWeights) : denominator;
    float[] coefficients = new float[rows * V]; // of the log-probabilities
    for (int r = 0; r < rows; r++) {
      for (int c = 0; c < V && wanted[r] != SoftmaxKernel.IGNORED; c++) {
        double share = smoothing / V + (c == wanted[r] ? 1 - smoothing : 0);
        coefficients[r * V + c] = (float) (-share * classWeights[c] / divisor);
      }
    }
    Scope scope = Scope.innermost(logits, targets);
    return dot(Ops.logSoftmax(logits), scope.floats(coefficients, logits.shape().toArray()));
  }

  /**
   * Returns the sum of the class weights of the targets that are not -100: the denominator of a
   * mean.
   */
  public static double totalWeight(int[] targets, float[] classWeights) {
    return IntStream.of(targets)
        .filter(target -> target != SoftmaxKernel.IGNORED)
        .mapToDouble(target -> classWeights[target])
        .sum();
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
      Tensor x, LinearHead head, Tensor targets, float smoothing, double denominator) {
    RowLoss loss = new CrossEntropyRows(targets, x.numRows(), head.weight().dim(0), smoothing);
    return LinearLossOp.apply(x, head, loss, ClassTargets.divisor(targets, denominator));
  }

  /**
   * Log-probability of the target of each row, in nats: log softmax(logits)[target].
   *
   * @param logits (..., V)
   * @param targets i32, one for each row of logits, in [0, V)
   * @return one for each row, f32
   */
  public static Tensor logProbabilities(Tensor logits, Tensor targets) {
    return LogProbabilityOp.apply(logits, targets);
  }

  /**
   * A scalar function of all elements of x, which computes its own gradient in f64.
   *
   * @param x f32
   * @return a scalar, f32
   */
  public static Tensor function(Tensor x, ScalarFunction function) {
    return FunctionOp.apply(x, function);
  }

  /**
   * Binary cross entropy of sigmoid(logits), averaged over all elements.
   *
   * @param targets f32, of the shape of the logits, in [0, 1]
   */
  public static Tensor binaryCrossEntropy(Tensor logits, Tensor targets) {
    return binaryCrossEntropy(logits, targets, null, 0);
  }

  /**
   * Binary cross entropy of sigmoid(logits), summed over all elements and divided.
   *
   * @param logits (..., V)
   * @param targets f32, of the shape of the logits, in [0, 1]
   * @param positiveWeights V weights of the positive targets of each column, at least 0; null for 1
   * @param denominator divisor of the sum of losses; 0 for the number of elements
   */
  public static Tensor binaryCrossEntropy(
      Tensor logits, Tensor targets, float @Nullable [] positiveWeights, double denominator) {
    if (positiveWeights == null) {
      return MeanLossOp.apply(logits, targets, new ElementLoss.BinaryCrossEntropy(1), denominator);
    }
    requireWeights("binary cross entropy: weights", positiveWeights, logits.lastDim());
    List<ElementLoss.BinaryCrossEntropy> byColumn =
        IntStream.range(0, positiveWeights.length)
            .mapToObj(c -> new ElementLoss.BinaryCrossEntropy(positiveWeights[c]))
            .toList();
    return MeanLossOp.apply(logits, targets, byColumn, denominator);
  }

  /**
   * Mean squared error: the mean over all elements of (x - target)^2.
   *
   * @param targets f32, of the shape of x
   */
  public static Tensor meanSquaredError(Tensor x, Tensor targets) {
    return meanSquaredError(x, targets, 0);
  }

  /**
   * Squared error, summed over all elements and divided.
   *
   * @param targets f32, of the shape of x
   * @param denominator divisor of the sum; 0 for the number of elements
   */
  public static Tensor meanSquaredError(Tensor x, Tensor targets, double denominator) {
    return MeanLossOp.apply(x, targets, new ElementLoss.SquaredError(), denominator);
  }

  /**
   * Mean absolute error: the mean over all elements of |x - target|.
   *
   * @param targets f32, of the shape of x
   */
  public static Tensor absoluteError(Tensor x, Tensor targets) {
    return MeanLossOp.apply(x, targets, new ElementLoss.AbsoluteError(), 0);
  }

  /**
   * Huber loss, summed over all elements and divided: quadratic near the target and linear away
   * from it, that is e^2 / 2 where |e| is below delta, and delta (|e| - delta / 2) elsewhere. Huber
   * 1964. PyTorch's smooth_l1_loss is this divided by delta.
   *
   * @param targets f32, of the shape of x
   * @param denominator divisor of the sum; 0 for the number of elements
   */
  public static Tensor huber(Tensor x, Tensor targets, double delta, double denominator) {
    return MeanLossOp.apply(x, targets, new ElementLoss.Huber(delta), denominator);
  }

  /**
   * Cosine distance, 1 - cos(x, target), summed over the rows and divided. A loss of hidden states
   * in distillation: DistilBERT, arXiv:1910.01108, section 2.
   *
   * @param x (..., D)
   * @param targets (..., D), not tracked
   * @param denominator divisor of the sum; 0 for the number of rows
   */
  public static Tensor cosineDistance(Tensor x, Tensor targets, double denominator) {
    targets.requireShape("cosine distance: targets", x.shape().toArray());
    return mean(VectorDistance.COSINE.between(x, targets), denominator);
  }

  /**
   * Cross entropy against target distributions, averaged over the rows.
   *
   * @param logits (..., V)
   * @param targets f32, of the shape of the logits; each row sums to 1
   */
  public static Tensor softCrossEntropy(Tensor logits, Tensor targets) {
    return Ops.scale(dot(Ops.logSoftmax(logits), targets), -1f / logits.numRows());
  }

  /**
   * Knowledge distillation: T^2 KL(p || q), with p and q the softmax of the teacher's and the
   * student's logits divided by the temperature T, summed over the rows whose target is not -100
   * and divided. Hinton et al. 2015, arXiv:1503.02531, section 2.
   *
   * @param logits (..., V), finite
   * @param teacherLogits (..., V), finite; get no gradient
   * @param targets i32, one for each row
   * @param temperature T, positive
   * @param denominator divisor of the sum of losses; 0 for the number of targets that are not -100
   */
  public static Tensor distillation(
      Tensor logits, Tensor teacherLogits, Tensor targets, float temperature, double denominator) {
    RowLoss loss =
        new DistillationRows(
            targets,
            TeacherLogits.of(teacherLogits),
            temperature,
            logits.numRows(),
            logits.lastDim());
    return RowLossOp.apply(logits, loss, ClassTargets.divisor(targets, denominator));
  }

  /**
   * Fused distillation: {@link #distillation} of {@code head.logits(x)} towards {@code
   * teacherHead.logits(teacherX)}, of which neither exists as a whole. The two hidden sizes may
   * differ.
   *
   * @param x (..., D)
   * @param teacherX (..., D of the teacher), with the rows of x; gets no gradient
   */
  public static Tensor linearDistillation(
      Tensor x,
      LinearHead head,
      Tensor teacherX,
      LinearHead teacherHead,
      Tensor targets,
      float temperature,
      double denominator) {
    long rows = x.numRows();
    long V = head.weight().dim(0);
    Scope scope = Scope.innermost(x, targets);
    try (TeacherLogits.OfHead teacher =
        new TeacherLogits.OfHead(scope, teacherX, teacherHead, LinearLossOp.chunkRows(rows, V))) {
      RowLoss loss = new DistillationRows(targets, teacher, temperature, rows, V);
      return LinearLossOp.apply(x, head, loss, ClassTargets.divisor(targets, denominator));
    }
  }

  /**
   * Dot product of x with constant weights, summed over all elements.
   *
   * @param weights f32, of the shape of x, not tracked
   */
  public static Tensor dot(Tensor x, Tensor weights) {
    return DotOp.apply(x, weights);
  }

  /** The sum of all elements, divided by the denominator; 0 for their number. */
  static Tensor mean(Tensor x, double denominator) {
    long n = x.numElements();
    double divisor = denominator == 0 ? n : denominator;
    float[] weights = new float[Math.toIntExact(n)];
    Arrays.fill(weights, (float) (1 / divisor));
    return dot(x, x.scope().floats(weights, x.shape().toArray()));
  }

  private static void requireWeights(String name, float[] weights, long count) {
    if (weights.length != count) {
      throw new IllegalArgumentException(
          "%s: must be one for each of %d classes, got %d".formatted(name, count, weights.length));
    }
    for (float weight : weights) {
      if (!(weight >= 0 && Float.isFinite(weight))) {
        throw new IllegalArgumentException(name + ": must be at least 0, got " + weight);
      }
    }
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
