package dev.rapt.generate.logits;

import dev.rapt.model.ModelOutputException;
import java.util.Arrays;

/** Functions of the logits or log-probabilities of one row (V). Sums are in double precision. */
public final class Logits {
  private Logits() {}

  /** Index of the largest score, the first of equal ones. */
  public static int argmax(float[] scores) {
    int best = 0;
    for (int i = 1; i < scores.length; i++) {
      if (scores[i] > scores[best]) {
        best = i;
      }
    }
    return best;
  }

  /**
   * Checks that no score is NaN or positive infinity; negative infinity forbids a token.
   *
   * @throws ModelOutputException if one is
   */
  public static void requireNumbers(float[] scores) {
    for (float score : scores) {
      if (!(score < Float.POSITIVE_INFINITY)) {
        throw ModelOutputException.notFinite("scores of the next token", score);
      }
    }
  }

  /**
   * The exception for a step in which every token is forbidden.
   *
   * @param length number of tokens generated before
   */
  public static ModelOutputException allForbidden(int length) {
    return new ModelOutputException(
        "token %d: at least one token must be allowed, got none; the options forbid every token"
            .formatted(length + 1));
  }

  /** log(sum(exp(scores))); negative infinity if every score is. */
  public static double logSumExp(float[] scores) {
    float max = scores[argmax(scores)];
    if (max == Float.NEGATIVE_INFINITY) {
      return Double.NEGATIVE_INFINITY;
    }
    double sum = 0;
    for (float score : scores) {
      sum += Math.exp((double) score - max);
    }
    return max + Math.log(sum);
  }

  /** Replaces scores by log-probabilities. */
  public static void logSoftmax(float[] scores) {
    double logSum = logSumExp(scores);
    for (int i = 0; i < scores.length; i++) {
      scores[i] = (float) (scores[i] - logSum);
    }
  }

  /** The probabilities of the scores, as a new array. */
  public static double[] softmax(float[] scores) {
    double logSum = logSumExp(scores);
    double[] probs = new double[scores.length];
    for (int i = 0; i < probs.length; i++) {
      probs[i] = Math.exp(scores[i] - logSum);
    }
    return probs;
  }

  /** Entropy in nats of these probabilities. */
  public static double entropy(double[] probs) {
    double entropy = 0;
    for (double p : probs) {
      entropy -= p > 0 ? p * Math.log(p) : 0;
    }
    return entropy;
  }

  /** The k-th largest score, 1 &lt;= k &lt;= V. */
  public static float kthLargest(float[] scores, int k) {
    float[] heap = Arrays.copyOf(scores, k); // heap[0] is the smallest of the k largest
    for (int i = k / 2 - 1; i >= 0; i--) {
      siftDown(heap, i);
    }
    for (int i = k; i < scores.length; i++) {
      if (scores[i] > heap[0]) {
        heap[0] = scores[i];
        siftDown(heap, 0);
      }
    }
    return heap[0];
  }

  private static void siftDown(float[] heap, int i) {
    float value = heap[i];
    for (int child = 2 * i + 1; child < heap.length; child = 2 * i + 1) {
      if (child + 1 < heap.length && heap[child + 1] < heap[child]) {
        child++;
      }
      if (heap[child] >= value) {
        break;
      }
      heap[i] = heap[child];
      i = child;
    }
    heap[i] = value;
  }

  /**
   * Indices of the k largest scores, largest first, the smaller index first among equal ones.
   *
   * @param k at most V
   */
  public static int[] topIndices(float[] scores, int k) {
    if (k == 0) {
      return new int[0];
    }
    float threshold = kthLargest(scores, k);
    long[] keys = new long[scores.length];
    int count = 0;
    int atThreshold = k;
    for (float score : scores) {
      atThreshold -= score > threshold ? 1 : 0;
    }
    for (int i = 0; i < scores.length; i++) {
      if (scores[i] > threshold || (scores[i] == threshold && atThreshold-- > 0)) {
        keys[count++] = descendingKey(scores[i], i);
      }
    }
    Arrays.sort(keys, 0, count);
    int[] indices = new int[count];
    for (int i = 0; i < count; i++) {
      indices[i] = (int) keys[i];
    }
    return indices;
  }

  /** A key that sorts by falling score, then by rising index. */
  public static long descendingKey(float score, int index) {
    int bits = Float.floatToIntBits(score);
    int rising = bits ^ ((bits >> 31) & 0x7fffffff); // as a signed int, in the order of the floats
    return ((long) ~rising << 32) | index;
  }
}
