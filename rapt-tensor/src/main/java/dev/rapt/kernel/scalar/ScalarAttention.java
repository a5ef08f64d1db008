package dev.rapt.kernel.scalar;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;

import dev.rapt.kernel.AttentionCall;
import dev.rapt.kernel.AttentionCall.KeyBits;
import dev.rapt.kernel.AttentionCall.RelativeTerm;
import dev.rapt.kernel.AttentionCall.Scoring;
import dev.rapt.kernel.AttentionCall.Sizes;
import dev.rapt.kernel.AttentionKernel;
import dev.rapt.kernel.CounterRandom;
import dev.rapt.kernel.HeadView;
import dev.rapt.kernel.KeyView;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Reference implementation of attention, one query at a time: weights = softmax(softCap(scale q
 * k^T) + bias) over the keys that the query sees, out = dropout(weights) v. Sums are kept in
 * double. A task of the forward pass is one query head of one sequence, a task of the backward pass
 * one key-value head.
 */
public final class ScalarAttention implements AttentionKernel {
  @Override
  public int forwardTasks(AttentionCall call) {
    return call.sizes().batchSize() * call.sizes().numHeads();
  }

  @Override
  public void forward(AttentionCall call, Inputs x, Results y, int from, int to) {
    Sizes sizes = call.sizes();
    int T = sizes.seqLen(), H = sizes.numHeads(), V = sizes.valueDim();
    double[] weights = new double[sizes.totalLen()];
    double[] sum = new double[V];
    for (int task = from; task < to; task++) {
      int b = task / H, h = task % H, g = h / sizes.queriesPerKey();
      for (int i = 0; i < T; i++) {
        int first = firstKey(call, b, i), end = endKey(call, b, i);
        double lse = scores(call, weights, x, b, h, i);
        setFloat(y.logSumExp(), task * (long) T + i, lse);
        Arrays.fill(sum, 0);
        for (int j = first; j < end; j++) {
          if (weights[j] == Double.NEGATIVE_INFINITY) {
            continue;
          }
          double weight = Math.exp(weights[j] - lse) * keepFactor(call, b, h, i, j);
          for (int e = 0; e < V; e++) {
            sum[e] += weight * x.v().element(b, j, g, V, e);
          }
        }
        store(y.out(), y.out().index(b, i, h, V), sum, 0, V);
      }
    }
  }

  @Override
  public int backwardTasks(AttentionCall call) {
    return call.sizes().batchSize() * call.sizes().numKvHeads();
  }

  @Override
  public void backward(AttentionCall call, BackwardOperands operands, int from, int to) {
    Gradients gradients = operands.gradients();
    Sizes sizes = call.sizes();
    int S = sizes.totalLen(), E = sizes.headDim(), V = sizes.valueDim(), G = sizes.numKvHeads();
    double[] dKeys = new double[Math.multiplyExact(S, E)];
    double[] dValues = new double[Math.multiplyExact(S, V)];
    for (int task = from; task < to; task++) {
      int b = task / G, g = task % G;
      Arrays.fill(dKeys, 0);
      Arrays.fill(dValues, 0);
      for (int h = g * sizes.queriesPerKey(); h < (g + 1) * sizes.queriesPerKey(); h++) {
        head(call, operands, b, h, dKeys, dValues);
      }
      for (int j = 0; j < S; j++) {
        store(gradients.dK(), gradients.dK().index(b, j, g, E), dKeys, j * E, E);
        store(gradients.dV(), gradients.dV().index(b, j, g, V), dValues, j * V, V);
      }
    }
  }

  /**
   * Computes the gradients of the queries of head h of sequence b, and adds to those of its keys
   * and values.
   */
  private static void head(
      AttentionCall call,
      BackwardOperands operands,
      int b,
      int h,
      double[] dKeys,
      double[] dValues) {
    Inputs x = operands.x();
    HeadView keys = Inputs.dense(x.k()), values = Inputs.dense(x.v());
    Results y = operands.y();
    HeadView dOut = operands.dOut();
    Gradients gradients = operands.gradients();
    Sizes sizes = call.sizes();
    int T = sizes.seqLen(), E = sizes.headDim(), V = sizes.valueDim();
    int g = h / sizes.queriesPerKey();
    double[] scores = new double[sizes.totalLen()];
    double[] dQuery = new double[E];
    RelativeTerm byQuery = call.scoring().byQuery(), byKey = call.scoring().byKey();
    double[] dByQuery = tableGradient(byQuery, gradients.dByQuery());
    double[] dByKey = tableGradient(byKey, gradients.dByKey());
    for (int i = 0; i < T; i++) {
      long row = ((long) b * sizes.numHeads() + h) * T + i;
      // Read only when a key is seen: exp(score - lse) is the weight before dropout.
      double lse = getFloat(y.logSumExp(), row);
      scores(call, scores, x, b, h, i);
      long queryRow = x.q().index(b, i, h, E), dOutRow = dOut.index(b, i, h, V);
      double delta = dot(dOut, dOutRow, y.out(), y.out().index(b, i, h, V), V);
      Arrays.fill(dQuery, 0);
      for (int j = firstKey(call, b, i); j < endKey(call, b, i); j++) {
        if (scores[j] == Double.NEGATIVE_INFINITY) {
          continue;
        }
        double weight = Math.exp(scores[j] - lse);
        double keep = keepFactor(call, b, h, i, j);
        long keyRow = keys.index(b, j, g, E);
        double dWeight = keep * dot(dOut, dOutRow, values, values.index(b, j, g, V), V);
        double dScore = weight * (dWeight - delta);
        double dDot = dScore * dotDerivative(call.scoring(), dot(x.q(), queryRow, keys, keyRow, E));
        for (int e = 0; e < V; e++) {
          dValues[j * V + e] += weight * keep * getFloat(dOut.memory(), dOutRow + e);
        }
        for (int e = 0; e < E; e++) {
          dKeys[j * E + e] += dDot * getFloat(x.q().memory(), queryRow + e);
          dQuery[e] += dDot * getFloat(keys.memory(), keyRow + e);
        }
        add(dByQuery, byQuery, i, j - sizes.position(i), dScore);
        add(dByKey, byKey, j, j - sizes.position(i), dScore);
      }
      store(gradients.dQ(), gradients.dQ().index(b, i, h, E), dQuery, 0, E);
      MemorySegment sinks = call.scoring().sinks(), dSinks = gradients.dSinks();
      if (sinks != null && dSinks != null) {
        setFloat(dSinks, row, -Math.exp(getFloat(sinks, h) - lse) * delta);
      }
    }
    store(gradients.dByQuery(), byQuery, sizes, b, h, dByQuery);
    store(gradients.dByKey(), byKey, sizes, b, h, dByKey);
  }

  /** Returns zeros for the rows of one head; an empty array if the gradient is not needed. */
  private static double[] tableGradient(
      @Nullable RelativeTerm term, @Nullable MemorySegment gradient) {
    return term == null || gradient == null
        ? new double[0]
        : new double[Math.multiplyExact(term.numRows(), term.numColumns())];
  }

  private static void add(
      double[] dTable, @Nullable RelativeTerm term, int row, int distance, double dScore) {
    if (term != null && dTable.length > 0) {
      dTable[(term.isShared() ? 0 : row) * term.numColumns() + term.column(distance)] += dScore;
    }
  }

  private static void store(
      @Nullable MemorySegment gradient,
      @Nullable RelativeTerm term,
      Sizes sizes,
      int b,
      int h,
      double[] dTable) {
    if (term != null && gradient != null) {
      for (int n = 0; n < dTable.length; n++) {
        setFloat(gradient, term.gradientRow(sizes, b, h, 0) + n, dTable[n]);
      }
    }
  }

  /**
   * Writes the score of each key in the interval of query i to its place in scores (S), -infinity
   * where its bit is 0, and returns the log of the sum of their exponentials and of the sink's.
   */
  private static double scores(AttentionCall call, double[] scores, Inputs x, int b, int h, int i) {
    Sizes sizes = call.sizes();
    Scoring scoring = call.scoring();
    int E = sizes.headDim(), g = h / sizes.queriesPerKey();
    int first = firstKey(call, b, i), end = endKey(call, b, i);
    MemorySegment slopes = scoring.alibiSlopes(), sinks = scoring.sinks();
    double slope = slopes == null ? 0 : getFloat(slopes, h);
    double sink = sinks == null ? Double.NEGATIVE_INFINITY : getFloat(sinks, h);
    double max = sink;
    for (int j = first; j < end; j++) {
      if (!isSelected(call, b, h, i, j)) {
        scores[j] = Double.NEGATIVE_INFINITY;
        continue;
      }
      double dot = dot(x.q(), x.q().index(b, i, h, E), x.k(), b, j, g, E);
      int distance = j - sizes.position(i);
      scores[j] =
          capped(scoring, dot * scoring.scale())
              + slope * distance
              + value(scoring.byQuery(), b, h, i, distance)
              + value(scoring.byKey(), b, h, j, distance);
      max = Math.max(max, scores[j]);
    }
    if (max == Double.NEGATIVE_INFINITY) {
      return max;
    }
    double sum = Math.exp(sink - max);
    for (int j = first; j < end; j++) {
      sum += Math.exp(scores[j] - max);
    }
    return max + Math.log(sum);
  }

  private static boolean isSelected(AttentionCall call, int b, int h, int i, int j) {
    KeyBits bits = call.mask().bits();
    return bits == null || bits.get(bits.row(call.sizes(), b, h, i), j, j + 1) != 0;
  }

  private static double value(@Nullable RelativeTerm term, int b, int h, int row, int distance) {
    return term == null ? 0 : getFloat(term.table(), term.row(b, h, row) + term.column(distance));
  }

  private static double capped(Scoring scoring, double x) {
    double cap = scoring.softCap();
    return cap == 0 ? x : cap * Math.tanh(x / cap);
  }

  /** Derivative of the score with respect to the dot product of query and key. */
  private static double dotDerivative(Scoring scoring, double dot) {
    double cap = scoring.softCap();
    double tanh = cap == 0 ? 0 : Math.tanh(dot * scoring.scale() / cap);
    return scoring.scale() * (1 - tanh * tanh);
  }

  /** 0 where the weight of key j for query i is dropped, otherwise 1 / (1 - dropout). */
  private static double keepFactor(AttentionCall call, int b, int h, int i, int j) {
    float probability = call.dropout().probability();
    if (probability == 0) {
      return 1;
    }
    Sizes sizes = call.sizes();
    long row = ((long) b * sizes.numHeads() + h) * sizes.seqLen() + i;
    long index = row * sizes.totalLen() + j;
    return CounterRandom.keep(call.dropout().seed(), index, probability)
        ? 1 / (1 - (double) probability)
        : 0;
  }

  private static int firstKey(AttentionCall call, int b, int i) {
    long row = (long) b * call.sizes().seqLen() + i;
    return call.mask().keyFrom().getAtIndex(JAVA_INT_UNALIGNED, row);
  }

  private static int endKey(AttentionCall call, int b, int i) {
    long row = (long) b * call.sizes().seqLen() + i;
    return call.mask().keyTo().getAtIndex(JAVA_INT_UNALIGNED, row);
  }

  /** Dot product of a query and key j of head g of sequence b. */
  private static double dot(HeadView q, long row, KeyView k, int b, int j, int g, int n) {
    double sum = 0;
    for (int e = 0; e < n; e++) {
      sum += (double) getFloat(q.memory(), row + e) * k.element(b, j, g, n, e);
    }
    return sum;
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
