package dev.rapt.text;

import dev.rapt.model.ModelOutputException;
import dev.rapt.tensor.Tensor;
import java.util.List;
import java.util.stream.IntStream;

/** Probabilities computed from logits, in double precision. */
final class Probabilities {
  private Probabilities() {}

  /**
   * Row i of logits (..., N), f32 or bf16 widened by the model.
   *
   * @throws ModelOutputException if a logit is NaN or infinite
   */
  static float[] row(Tensor logits, long i) {
    int n = Math.toIntExact(logits.lastDim());
    float[] row = new float[n];
    for (int j = 0; j < n; j++) {
      row[j] = logits.getFloat(i * n + j);
      if (!Float.isFinite(row[j])) {
        throw ModelOutputException.notFinite("logits", row[j]);
      }
    }
    return row;
  }

  /** Softmax. */
  static double[] softmax(float[] logits) {
    double max = Double.NEGATIVE_INFINITY;
    for (float logit : logits) {
      max = Math.max(max, logit);
    }
    double[] shares = new double[logits.length];
    double sum = 0;
    for (int i = 0; i < shares.length; i++) {
      shares[i] = Math.exp(logits[i] - max);
      sum += shares[i];
    }
    for (int i = 0; i < shares.length; i++) {
      shares[i] /= sum;
    }
    return shares;
  }

  /** Sigmoid of each logit. */
  static double[] sigmoid(float[] logits) {
    double[] shares = new double[logits.length];
    for (int i = 0; i < shares.length; i++) {
      shares[i] = 1 / (1 + Math.exp(-logits[i]));
    }
    return shares;
  }

  /** Indices of the largest scores, largest first; the smaller index first among equal ones. */
  static List<Integer> best(double[] scores, int count) {
    return IntStream.range(0, scores.length)
        .boxed()
        .sorted((i, j) -> Double.compare(scores[j], scores[i]))
        .limit(count)
        .toList();
  }
}
