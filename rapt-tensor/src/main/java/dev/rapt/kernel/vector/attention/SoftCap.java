package dev.rapt.kernel.vector.attention;

import static dev.rapt.kernel.vector.attention.QueryBlock.QUERIES;
import static dev.rapt.kernel.vector.math.VectorMath.FLOAT;

import dev.rapt.kernel.vector.math.VectorActivation;
import jdk.incubator.vector.FloatVector;

/** Logit soft-capping of a tile of scores (keys, QUERIES): x becomes cap tanh(x / cap). */
final class SoftCap {
  private SoftCap() {}

  /** Caps rows [from, to) of columns [n, n + LANES). */
  static void apply(float[] scores, int n, int from, int to, float cap) {
    for (int j = from; j < to; j++) {
      int at = j * QUERIES + n;
      FloatVector x = FloatVector.fromArray(FLOAT, scores, at).mul(1 / cap);
      VectorActivation.tanh(x).mul(cap).intoArray(scores, at);
    }
  }

  /** As {@link #apply}; also writes the derivatives, 1 - tanh^2, at the same indices of slopes. */
  static void apply(float[] scores, float[] slopes, int n, int from, int to, float cap) {
    for (int j = from; j < to; j++) {
      int at = j * QUERIES + n;
      FloatVector x = FloatVector.fromArray(FLOAT, scores, at).mul(1 / cap);
      FloatVector tanh = VectorActivation.tanh(x);
      tanh.mul(cap).intoArray(scores, at);
      tanh.neg().fma(tanh, FloatVector.broadcast(FLOAT, 1)).intoArray(slopes, at);
    }
  }

  /** Multiplies gradients of capped scores by the derivatives. */
  static void differentiate(float[] dScores, float[] slopes, int n, int from, int to) {
    for (int j = from; j < to; j++) {
      int at = j * QUERIES + n;
      FloatVector.fromArray(FLOAT, dScores, at)
          .mul(FloatVector.fromArray(FLOAT, slopes, at))
          .intoArray(dScores, at);
    }
  }
}
