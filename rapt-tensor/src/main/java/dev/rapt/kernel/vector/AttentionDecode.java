package dev.rapt.kernel.vector;

import static dev.rapt.kernel.vector.VectorMath.FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;

import dev.rapt.kernel.AttentionKernel.Call;
import dev.rapt.kernel.HeadView;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/**
 * The forward pass for a few queries, as when tokens are generated one by one: bound by reading
 * keys and values, which is done once, straight from memory, for all queries that share them. The
 * width of the head lies in the lanes of vectors. Without dropout.
 */
final class AttentionDecode {
  /** Most queries. With more, {@link AttentionForward} is faster. */
  static final int QUERIES = 8;

  /** Keys of a tile; with their values they stay in the first-level cache from query to query. */
  private static final int KEYS = 32;

  private static final ByteOrder NATIVE = ByteOrder.nativeOrder();
  private static final int LANES = FLOAT.length();

  /** (QUERIES, E): queries times scale log2(e); weights times values. */
  private final float[] queries, sums;

  private final float[] scores = new float[KEYS + LANES];
  private final int[] keyFrom = new int[QUERIES], keyTo = new int[QUERIES];
  private final float[] max = new float[QUERIES], total = new float[QUERIES];
  private final float[] slopes = new float[QUERIES];

  AttentionDecode(int headDim) {
    queries = new float[QUERIES * headDim];
    sums = new float[QUERIES * headDim];
  }

  /** Computes all queries, at most QUERIES, of key-value head g of sequence b. */
  void run(
      Call call,
      HeadView out,
      MemorySegment logSumExp,
      HeadView q,
      HeadView k,
      HeadView v,
      int b,
      int g) {
    int E = call.headDim(), T = call.seqLen(), H = call.numHeads();
    int queriesPerKey = H / call.numKvHeads(), count = T * queriesPerKey;
    float factor = (float) (call.scale() * (1 / Math.log(2)));
    MemorySegment alibi = call.alibiSlopes();
    int firstKey = Integer.MAX_VALUE, endKey = 0;
    for (int r = 0; r < count; r++) {
      int t = r / queriesPerKey, h = g * queriesPerKey + r % queriesPerKey;
      keyFrom[r] = call.keyFrom().getAtIndex(JAVA_INT_UNALIGNED, (long) b * T + t);
      keyTo[r] = call.keyTo().getAtIndex(JAVA_INT_UNALIGNED, (long) b * T + t);
      if (keyFrom[r] < keyTo[r]) {
        firstKey = Math.min(firstKey, keyFrom[r]);
        endKey = Math.max(endKey, keyTo[r]);
      }
      slopes[r] =
          alibi == null
              ? 0
              : (float) (alibi.getAtIndex(JAVA_FLOAT_UNALIGNED, h) * (1 / Math.log(2)));
      TileCopy.load(queries, r * E, q.memory(), q.index(b, t, h, E), E);
      for (int e = 0; e < E; e++) {
        queries[r * E + e] *= factor;
      }
    }
    Arrays.fill(sums, 0);
    Arrays.fill(max, Float.NEGATIVE_INFINITY);
    Arrays.fill(total, 0);
    for (int tile = firstKey; tile < endKey; tile += KEYS) {
      for (int r = 0; r < count; r++) {
        int from = Math.max(tile, keyFrom[r]), to = Math.min(tile + KEYS, keyTo[r]);
        if (from < to) {
          score(r * E, k.memory(), k.index(b, from, g, E), k.positionStride(), to - from, E);
          if (alibi != null) {
            int position = r / queriesPerKey + call.totalLen() - T;
            for (int j = from; j < to; j++) {
              scores[j - from] += slopes[r] * (j - position);
            }
          }
          float scale = softmax(r, to - from);
          addValues(
              r * E, scale, v.memory(), v.index(b, from, g, E), v.positionStride(), to - from, E);
        }
      }
    }
    for (int r = 0; r < count; r++) {
      int t = r / queriesPerKey, h = g * queriesPerKey + r % queriesPerKey;
      float inverse = total[r] == 0 ? 0 : 1 / total[r];
      float lse = (float) (max[r] * Math.log(2) + Math.log(total[r]));
      logSumExp.setAtIndex(JAVA_FLOAT_UNALIGNED, ((long) b * H + h) * T + t, lse);
      TileCopy.storePanels(
          out.memory(), out.index(b, t, h, E), sums, r * E, TileProduct.PANEL, E, inverse);
    }
  }

  /** scores[j] = query . key j, four keys at a time. */
  private void score(int query, MemorySegment k, long first, long stride, int count, int E) {
    int bound = FLOAT.loopBound(E);
    VectorMask<Float> tail = FLOAT.indexInRange(bound, E);
    for (int j = 0; j < count; j += 4) {
      // The last group repeats its last key.
      long k0 = 4 * (first + j * stride);
      long k1 = 4 * (first + Math.min(j + 1, count - 1) * stride);
      long k2 = 4 * (first + Math.min(j + 2, count - 1) * stride);
      long k3 = 4 * (first + Math.min(j + 3, count - 1) * stride);
      FloatVector s0 = FloatVector.zero(FLOAT), s1 = s0, s2 = s0, s3 = s0;
      for (int e = 0; e < bound; e += LANES) {
        FloatVector x = FloatVector.fromArray(FLOAT, queries, query + e);
        s0 = x.fma(FloatVector.fromMemorySegment(FLOAT, k, k0 + 4L * e, NATIVE), s0);
        s1 = x.fma(FloatVector.fromMemorySegment(FLOAT, k, k1 + 4L * e, NATIVE), s1);
        s2 = x.fma(FloatVector.fromMemorySegment(FLOAT, k, k2 + 4L * e, NATIVE), s2);
        s3 = x.fma(FloatVector.fromMemorySegment(FLOAT, k, k3 + 4L * e, NATIVE), s3);
      }
      if (bound < E) {
        long e = 4L * bound;
        FloatVector x = FloatVector.fromArray(FLOAT, queries, query + bound, tail);
        s0 = x.fma(FloatVector.fromMemorySegment(FLOAT, k, k0 + e, NATIVE, tail), s0);
        s1 = x.fma(FloatVector.fromMemorySegment(FLOAT, k, k1 + e, NATIVE, tail), s1);
        s2 = x.fma(FloatVector.fromMemorySegment(FLOAT, k, k2 + e, NATIVE, tail), s2);
        s3 = x.fma(FloatVector.fromMemorySegment(FLOAT, k, k3 + e, NATIVE, tail), s3);
      }
      scores[j] = Lanes.sum(s0);
      scores[j + 1] = Lanes.sum(s1);
      scores[j + 2] = Lanes.sum(s2);
      scores[j + 3] = Lanes.sum(s3);
    }
  }

  /** Turns scores into weights, and returns the factor of what was summed before. */
  private float softmax(int query, int count) {
    float before = max[query], greatest = before;
    for (int j = 0; j < count; j++) {
      greatest = Math.max(greatest, scores[j]);
    }
    Arrays.fill(scores, count, count + LANES, Float.NEGATIVE_INFINITY);
    float factor =
        before == greatest
            ? 1
            : VectorMath.exp2(FloatVector.broadcast(FLOAT, before - greatest)).lane(0);
    FloatVector sum = FloatVector.zero(FLOAT);
    for (int j = 0; j < count; j += LANES) {
      FloatVector weight = VectorMath.exp2(FloatVector.fromArray(FLOAT, scores, j).sub(greatest));
      weight.intoArray(scores, j);
      sum = sum.add(weight);
    }
    max[query] = greatest;
    total[query] = total[query] * factor + Lanes.sum(sum);
    return factor;
  }

  /** sums = factor sums + sum over j of scores[j] value j, four vectors of the width at a time. */
  private void addValues(
      int query, float factor, MemorySegment v, long first, long stride, int count, int E) {
    int e = 0;
    for (; e + 4 * LANES <= E; e += 4 * LANES) {
      int to = query + e;
      FloatVector s0 = FloatVector.fromArray(FLOAT, sums, to).mul(factor);
      FloatVector s1 = FloatVector.fromArray(FLOAT, sums, to + LANES).mul(factor);
      FloatVector s2 = FloatVector.fromArray(FLOAT, sums, to + 2 * LANES).mul(factor);
      FloatVector s3 = FloatVector.fromArray(FLOAT, sums, to + 3 * LANES).mul(factor);
      for (int j = 0; j < count; j++) {
        long at = 4 * (first + j * stride + e);
        FloatVector weight = FloatVector.broadcast(FLOAT, scores[j]);
        s0 = weight.fma(FloatVector.fromMemorySegment(FLOAT, v, at, NATIVE), s0);
        s1 = weight.fma(FloatVector.fromMemorySegment(FLOAT, v, at + 4L * LANES, NATIVE), s1);
        s2 = weight.fma(FloatVector.fromMemorySegment(FLOAT, v, at + 8L * LANES, NATIVE), s2);
        s3 = weight.fma(FloatVector.fromMemorySegment(FLOAT, v, at + 12L * LANES, NATIVE), s3);
      }
      s0.intoArray(sums, to);
      s1.intoArray(sums, to + LANES);
      s2.intoArray(sums, to + 2 * LANES);
      s3.intoArray(sums, to + 3 * LANES);
    }
    for (; e < E; e += LANES) {
      VectorMask<Float> inside = FLOAT.indexInRange(e, E);
      FloatVector s = FloatVector.fromArray(FLOAT, sums, query + e, inside).mul(factor);
      for (int j = 0; j < count; j++) {
        long at = 4 * (first + j * stride + e);
        FloatVector value = FloatVector.fromMemorySegment(FLOAT, v, at, NATIVE, inside);
        s = value.fma(FloatVector.broadcast(FLOAT, scores[j]), s);
      }
      s.intoArray(sums, query + e, inside);
    }
  }
}
