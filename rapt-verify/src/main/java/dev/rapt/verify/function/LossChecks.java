package dev.rapt.verify.function;

import dev.rapt.autograd.Gradients;
import dev.rapt.autograd.Ops;
import dev.rapt.autograd.Tape;
import dev.rapt.autograd.loss.Losses;
import dev.rapt.checkpoint.TensorEntry;
import dev.rapt.kernel.SoftmaxKernel;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import java.util.Arrays;
import java.util.Objects;
import tools.jackson.databind.JsonNode;

/** Compares losses of logits (B, V), and their gradients. */
final class LossChecks {
  private static final double TOLERANCE = 2e-6;
  private static final float LAYER_NORM_EPS = 1e-5f;
  private static final float RMS_NORM_EPS = 1e-6f;

  /** Constants of the reference that are not recorded in the case. */
  private static final double SMOOTH_L1_BETA = 0.7;

  private static final double HUBER_DELTA = 0.5;

  private final FunctionCase recorded;
  private final Tape tape;
  private final int batchSize;
  private final int numClasses;

  private LossChecks(FunctionCase recorded, Tape tape, TensorEntry logits) {
    this.recorded = recorded;
    this.tape = tape;
    this.batchSize = Math.toIntExact(logits.shape().dim(0));
    this.numClasses = Math.toIntExact(logits.shape().dim(1));
  }

  static void run(FunctionCase recorded) {
    TensorEntry entry = recorded.tensor("logits");
    for (JsonNode node : recorded.cases().get("names").values()) {
      String name = node.stringValue();
      recorded.call(
          name,
          differences -> {
            try (Scope scope = Scope.open();
                Tape tape = Tape.open(scope)) {
              long[] dims = entry.shape().toArray();
              Tensor logits = scope.floats(recorded.floats("logits"), dims).track();
              // Only operations on tape tensors are recorded, so the parameter is added to zeros.
              Tensor onTape = Ops.add(logits, tape.zeros(DType.F32, dims));
              Gradients gradients = new Gradients(scope);
              Tensor loss = new LossChecks(recorded, tape, entry).loss(name, onTape);
              float want = recorded.floats("loss." + name)[0];
              differences.add("loss", want, loss.getFloat(0), TOLERANCE);
              tape.backward(loss, gradients);
              Tensor gradient = Objects.requireNonNull(gradients.of(logits));
              float[] wantGradient = recorded.floats("grad." + name);
              differences.add("grad", wantGradient, gradient.toFloats(), TOLERANCE);
            }
          });
    }
  }

  private Tensor loss(String name, Tensor x) {
    return switch (name) {
      case "cross_entropy" -> Losses.crossEntropy(x, labels("labels"), 0);
      case "cross_entropy_sum" -> Ops.scale(Losses.crossEntropy(x, labels("labels"), 0), batchSize);
      case "cross_entropy_ignore" -> Losses.crossEntropy(x, labels("labels_ignore"), 0);
      case "cross_entropy_smoothing" -> Losses.crossEntropy(x, labels("labels"), 0.1f);
      case "cross_entropy_smoothing_ignore" ->
          Losses.crossEntropy(x, labels("labels_ignore"), 0.2f);
      case "cross_entropy_weight" ->
          Losses.crossEntropy(x, labels("labels"), recorded.floats("class_weight"), 0, 0);
      case "cross_entropy_soft_target" -> Losses.softCrossEntropy(x, matrix("target_prob"));
      case "kl_div_batchmean" -> divergence(x);
      case "large_logits" -> Losses.crossEntropy(Ops.scale(x, 100), labels("labels"), 0);
      case "mse" -> Losses.meanSquaredError(x, matrix("target"));
      case "l1" -> Losses.absoluteError(x, matrix("target"));
      case "smooth_l1" ->
          Ops.scale(
              Losses.huber(x, matrix("target"), SMOOTH_L1_BETA, 0), (float) (1 / SMOOTH_L1_BETA));
      case "huber" -> Losses.huber(x, matrix("target"), HUBER_DELTA, 0);
      case "bce_with_logits" -> Losses.binaryCrossEntropy(x, positive());
      case "softmax_dot" -> Losses.dot(Ops.softmax(x), matrix("target"));
      case "log_softmax_dot" -> Losses.dot(Ops.logSoftmax(x), matrix("target"));
      case "logsumexp" -> logSumExp(x);
      case "cosine_embedding" -> Losses.cosineDistance(x, matrix("target"), 0);
      case "layer_norm_dot" ->
          Losses.dot(Ops.layerNorm(x, weight(1), weight(0.3f), LAYER_NORM_EPS), matrix("target"));
      case "rms_norm_dot" ->
          Losses.dot(Ops.rmsNorm(x, weight(1), 0, RMS_NORM_EPS), matrix("target"));
      default -> throw new UnsupportedOperationException("no loss of this name");
    };
  }

  /** Mean over the rows of sum p log(p / softmax(x)). */
  private Tensor divergence(Tensor x) {
    float[] p = recorded.floats("target_prob");
    double entropy = 0;
    for (float share : p) {
      entropy -= share == 0 ? 0 : share * Math.log(share);
    }
    float constant = (float) (-entropy / batchSize);
    return Ops.add(
        Losses.softCrossEntropy(x, matrix("target_prob")), tape.floats(new float[] {constant}));
  }

  /** The sum over the rows of log sum exp x, computed as x minus its log-softmax. */
  private Tensor logSumExp(Tensor x) {
    float[] first = new float[batchSize * numClasses];
    for (int row = 0; row < batchSize; row++) {
      first[row * numClasses] = 1;
    }
    Tensor ones = tape.floats(first, batchSize, numClasses);
    return Ops.add(Losses.dot(x, ones), Ops.scale(Losses.dot(Ops.logSoftmax(x), ones), -1));
  }

  private Tensor labels(String name) {
    int[] labels = recorded.ints(name);
    Arrays.setAll(labels, i -> labels[i] < 0 ? SoftmaxKernel.IGNORED : labels[i]);
    return tape.ints(labels, batchSize);
  }

  private Tensor matrix(String name) {
    return tape.floats(recorded.floats(name), batchSize, numClasses);
  }

  /** 1 where the target is above 0. */
  private Tensor positive() {
    float[] target = recorded.floats("target");
    for (int i = 0; i < target.length; i++) {
      target[i] = target[i] > 0 ? 1 : 0;
    }
    return tape.floats(target, batchSize, numClasses);
  }

  private Tensor weight(float factor) {
    float[] weight = recorded.floats("class_weight");
    for (int i = 0; i < weight.length; i++) {
      weight[i] *= factor;
    }
    return tape.floats(weight, numClasses);
  }
}
