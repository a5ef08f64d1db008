package dev.rapt.kernel.scalar;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;

import dev.rapt.kernel.AttentionKernel;
import dev.rapt.kernel.CounterRandom;
import dev.rapt.kernel.HeadView;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * Attention one query at a time, as the formula reads: weights = softmax(scale q k^T + bias) over
 * the keys that the query sees, out = dropout(weights) v. Sums are kept in double. A task of the
 * forward pass is one query head of one sequence, a task of the backward pass one key-value head.
 */
public final class ScalarAttention implements AttentionKernel {
  @Override
  public int forwardTasks(Call call) {
    return call.batchSize() * call.numHeads();
  }

  @Override
  public void forward(
      Call call,
      HeadView out,
      MemorySegment logSumExp,
      HeadView q,
      HeadView k,
      HeadView v,
      int from,
      int to) {
    int T = call.seqLen(), H = call.numHeads(), E = call.headDim();
    int queriesPerKey = H / call.numKvHeads();
    double[] weights = new double[call.totalLen()];
    double[] sum = new double[E];
    for (int task = from; task < to; task++) {
      int b = task / H, h = task % H, g = h / queriesPerKey;
      for (int i = 0; i < T; i++) {
        int first = firstKey(call, b, i), end = endKey(call, b, i);
        double lse = scores(call, weights, q, k, b, h, i);
        setFloat(logSumExp, task * (long) T + i, lse);
        Arrays.fill(sum, 0);
        for (int j = first; j < end; j++) {
          double weight = Math.exp(weights[j] - lse) * keepFactor(call, b, h, i, j);
          long row = v.index(b, j, g, E);
          for (int e = 0; e < E; e++) {
            sum[e] += weight * getFloat(v.memory(), row + e);
          }
        }
        store(out, out.index(b, i, h, E), sum, 0, E);
      }
    }
  }

  @Override
  public int backwardTasks(Call call) {
    return call.batchSize() * call.numKvHeads();
  }

  @Override
  public void backward(
      Call call,
      HeadView dQ,
      HeadView dK,
      HeadView dV,
      HeadView dOut,
      HeadView out,
      MemorySegment logSumExp,
      HeadView q,
      HeadView k,
      HeadView v,
      int from,
      int to) {
    int T = call.seqLen(), S = call.totalLen(), E = call.headDim();
    int H = call.numHeads(), G = call.numKvHeads();
    double[] weights = new double[S];
    double[] dQuery = new double[E];
    double[] dKeys = new double[Math.multiplyExact(S, E)];
    double[] dValues = new double[Math.multiplyExact(S, E)];
    for (int task = from; task < to; task++) {
      int b = task / G, g = task % G;
      Arrays.fill(dKeys, 0);
      Arrays.fill(dValues, 0);
      for (int h = g * (H / G); h < (g + 1) * (H / G); h++) {
        for (int i = 0; i < T; i++) {
          int first = firstKey(call, b, i), end = endKey(call, b, i);
          // Read only when a key is seen: exp(score - lse) is the weight before dropout.
          double lse = getFloat(logSumExp, ((long) b * H + h) * T + i);
          scores(call, weights, q, k, b, h, i);
          long queryRow = q.index(b, i, h, E), dOutRow = dOut.index(b, i, h, E);
          double delta = dot(dOut, dOutRow, out, out.index(b, i, h, E), E);
          Arrays.fill(dQuery, 0);
          for (int j = first; j < end; j++) {
            double weight = Math.exp(weights[j] - lse);
            double keep = keepFactor(call, b, h, i, j);
            long keyRow = k.index(b, j, g, E);
            double dWeight = keep * dot(dOut, dOutRow, v, v.index(b, j, g, E), E);
            double dScore = weight * (dWeight - delta) * call.scale();
            for (int e = 0; e < E; e++) {
              dValues[j * E + e] += weight * keep * getFloat(dOut.memory(), dOutRow + e);
              dKeys[j * E + e] += dScore * getFloat(q.memory(), queryRow + e);
              dQuery[e] += dScore * getFloat(k.memory(), keyRow + e);
            }
          }
          store(dQ, dQ.index(b, i, h, E), dQuery, 0, E);
        }
      }
      for (int j = 0; j < S; j++) {
        store(dK, dK.index(b, j, g, E), dKeys, j * E, E);
        store(dV, dV.index(b, j, g, E), dValues, j * E, E);
      }
    }
  }

  /**
   * Writes the score of each key that query i sees to its place in scores (S), and returns the log
   * of the sum of their exponentials.
   */
  private static double scores(
      Call call, double[] scores, HeadView q, HeadView k, int b, int h, int i) {
    int E = call.headDim(), g = h / (call.numHeads() / call.numKvHeads());
    int first = firstKey(call, b, i), end = endKey(call, b, i);
    MemorySegment slopes = call.alibiSlopes();
    double slope = slopes == null ? 0 : getFloat(slopes, h);
    int position = i + call.totalLen() - call.seqLen();
    double max = Double.NEGATIVE_INFINITY;
    for (int j = first; j < end; j++) {
      double dot = dot(q, q.index(b, i, h, E), k, k.index(b, j, g, E), E);
      scores[j] = dot * call.scale() + slope * (j - position);
      max = Math.max(max, scores[j]);
    }
    if (first >= end) {
      return Double.NEGATIVE_INFINITY;
    }
    double sum = 0;
    for (int j = first; j < end; j++) {
      sum += Math.exp(scores[j] - max);
    }
    return max + Math.log(sum);
  }

  /** 0 where the weight of key j for query i is dropped, otherwise 1 / (1 - dropout). */
  private static double keepFactor(Call call, int b, int h, int i, int j) {
    if (call.dropout() == 0) {
      return 1;
    }
    long row = ((long) b * call.numHeads() + h) * call.seqLen() + i;
    long index = row * call.totalLen() + j;
    return CounterRandom.keep(call.dropoutSeed(), index, call.dropout())
        ? 1 / (1 - (double) call.dropout())
        : 0;
  }

  private static int firstKey(Call call, int b, int i) {
    return call.keyFrom().getAtIndex(JAVA_INT_UNALIGNED, (long) b * call.seqLen() + i);
  }

  private static int endKey(Call call, int b, int i) {
    return call.keyTo().getAtIndex(JAVA_INT_UNALIGNED, (long) b * call.seqLen() + i);
  }

  private static double dot(HeadView x, long xRow, HeadView y, long yRow, int n) {
    double sum = 0;
    for (int e = 0; e < n; e++) {
      sum += (double) getFloat(x.memory(), xRow + e) * getFloat(y.memory(), yRow + e);
    }
    return sum;
  }

  private static void store(HeadView out, long row, double[] values, int first, int n) {
    for (int e = 0; e < n; e++) {
      setFloat(out.memory(), row + e, values[first + e]);
    }
  }

  private static float getFloat(MemorySegment memory, long index) {
    return memory.getAtIndex(JAVA_FLOAT_UNALIGNED, index);
  }

  private static void setFloat(MemorySegment memory, long index, double value) {
    memory.setAtIndex(JAVA_FLOAT_UNALIGNED, index, (float) value);
  }
}
