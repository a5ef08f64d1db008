package dev.rapt.kernel.vector.attention;

import static dev.rapt.kernel.vector.math.VectorMath.FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;

import dev.rapt.kernel.AttentionCall;
import dev.rapt.kernel.AttentionCall.KeyBits;
import dev.rapt.kernel.AttentionCall.RelativeTerm;
import dev.rapt.kernel.AttentionCall.Sizes;
import dev.rapt.kernel.AttentionKernel.Inputs;
import dev.rapt.kernel.AttentionKernel.Results;
import dev.rapt.kernel.HeadView;
import dev.rapt.kernel.KeyView;
import dev.rapt.kernel.vector.math.Lanes;
import dev.rapt.kernel.vector.math.VectorActivation;
import dev.rapt.kernel.vector.math.VectorMath;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Decode kernel of attention: the forward pass for few queries, as in token-by-token generation. It
 * is bound by reading keys and values, and reads them once, directly from memory, for all queries
 * that share them (GQA). Vector lanes run along the width of the head. Dropout is not supported.
 */
final class AttentionDecode {
  /** Largest number of queries. For more, {@link AttentionForward} is faster. */
  static final int QUERIES = 8;

  /** Keys of a tile; they and their values stay in the L1 cache from query to query. */
  private static final int KEYS = 32;

  private static final int LANES = FLOAT.length();

  /** Queries times scale log2(e), (QUERIES, width of keys). */
  private final float[] queries;

  /** Weighted sums of values, (QUERIES, width of values). */
  private final float[] sums;

  /** Tiles of keys and values, (KEYS, width). */
  private final float[] keys, values;

  /** Partial sums of dot products, whose lanes are still to be added, (KEYS, LANES). */
  private final float[] partials = new float[KEYS * LANES];

  private final float[] scores = new float[KEYS + LANES];
  private final int[] keyFrom = new int[QUERIES], keyTo = new int[QUERIES];

  /** For each query: the keys [tileFrom, tileTo) of the tile that it sees, and their mask bits. */
  private final int[] tileFrom = new int[QUERIES], tileTo = new int[QUERIES];

  private final long[] selected = new long[QUERIES];
  private final float[] max = new float[QUERIES], total = new float[QUERIES];
  private final float[] slopes = new float[QUERIES];

  AttentionDecode(int headDim, int valueDim) {
    queries = new float[QUERIES * width(headDim)];
    sums = new float[QUERIES * width(valueDim)];
    keys = new float[KEYS * width(headDim)];
    values = new float[KEYS * width(valueDim)];
  }

  private static int width(int n) {
    return (n + LANES - 1) / LANES * LANES;
  }

  /** Computes all queries, at most QUERIES, of key-value head g of sequence b. */
  void run(AttentionCall call, Inputs x, Results y, int b, int g) {
    Sizes sizes = call.sizes();
    int E = sizes.headDim(), V = sizes.valueDim(), width = width(E), valueWidth = width(V);
    int queriesPerKey = sizes.queriesPerKey(), count = sizes.seqLen() * queriesPerKey;
    loadQueries(call, x.q(), b, g, count, width);
    int firstKey = Integer.MAX_VALUE, endKey = 0;
    for (int r = 0; r < count; r++) {
      if (keyFrom[r] < keyTo[r]) {
        firstKey = Math.min(firstKey, keyFrom[r]);
        endKey = Math.max(endKey, keyTo[r]);
      }
    }
    Arrays.fill(sums, 0);
    QueryBlock.startSoftmax(call, max, total, g, 0);
    for (int tile = firstKey; tile < endKey; tile += KEYS) {
      if (!enterTile(call, b, g, count, tile)) {
        continue;
      }
      for (int j = tile; j < Math.min(tile + KEYS, endKey); j++) {
        loadKey(keys, (j - tile) * width, x.k(), b, j, g, E, width);
        loadKey(values, (j - tile) * valueWidth, x.v(), b, j, g, V, valueWidth);
      }
      for (int r = 0; r < count; r++) {
        int from = tileFrom[r], to = tileTo[r];
        if (from < to) {
          score(r * width, (from - tile) * width, to - from, width);
          adjust(call, b, g, r, from, to);
          float scale = softmax(r, to - from);
          addValues(r * valueWidth, scale, (from - tile) * valueWidth, to - from, valueWidth);
        }
      }
    }
    store(sizes, y, b, g, count, valueWidth);
  }

  /** Determines which keys of the tile each query sees; returns whether any query sees a key. */
  private boolean enterTile(AttentionCall call, int b, int g, int count, int tile) {
    Sizes sizes = call.sizes();
    KeyBits bits = call.mask().bits();
    boolean seen = false;
    for (int r = 0; r < count; r++) {
      int from = Math.max(tile, keyFrom[r]), to = Math.min(tile + KEYS, keyTo[r]);
      if (bits != null && from < to) {
        int h = g * sizes.queriesPerKey() + r % sizes.queriesPerKey();
        long row = bits.row(sizes, b, h, r / sizes.queriesPerKey());
        int first = from;
        selected[r] = bits.get(row, from, to);
        from = first + Long.numberOfTrailingZeros(selected[r]);
        to = first + Long.SIZE - Long.numberOfLeadingZeros(selected[r]);
        selected[r] >>>= from - first;
      }
      tileFrom[r] = from;
      tileTo[r] = to;
      seen |= from < to;
    }
    return seen;
  }

  /** Turns dot products of query r with keys [from, to) into scores. */
  private void adjust(AttentionCall call, int b, int g, int r, int from, int to) {
    float cap = (float) (call.scoring().softCap() * QueryBlock.LOG2_E);
    if (cap != 0) {
      for (int j = 0; j < to - from; j += LANES) {
        FloatVector s = FloatVector.fromArray(FLOAT, scores, j).mul(1 / cap);
        VectorActivation.tanh(s).mul(cap).intoArray(scores, j);
      }
    }
    int queriesPerKey = call.sizes().queriesPerKey(), t = r / queriesPerKey;
    int position = call.sizes().position(t), h = g * queriesPerKey + r % queriesPerKey;
    if (call.scoring().alibiSlopes() != null) {
      for (int j = from; j < to; j++) {
        scores[j - from] += slopes[r] * (j - position);
      }
    }
    RelativeTerm byQuery = call.scoring().byQuery(), byKey = call.scoring().byKey();
    if (byQuery != null) {
      long row = byQuery.row(b, h, t);
      for (int j = from; j < to; j++) {
        scores[j - from] += log2(byQuery, row + byQuery.column(j - position));
      }
    }
    if (byKey != null) {
      for (int j = from; j < to; j++) {
        scores[j - from] += log2(byKey, byKey.row(b, h, j) + byKey.column(j - position));
      }
    }
    if (call.mask().bits() != null) {
      for (int j = from; j < to; j++) {
        if ((selected[r] >>> (j - from) & 1) == 0) {
          scores[j - from] = Float.NEGATIVE_INFINITY;
        }
      }
    }
  }

  private static float log2(RelativeTerm term, long index) {
    float value = term.table().getAtIndex(JAVA_FLOAT_UNALIGNED, index);
    return (float) (value * QueryBlock.LOG2_E);
  }

  private void loadQueries(AttentionCall call, HeadView q, int b, int g, int count, int width) {
    Sizes sizes = call.sizes();
    int E = sizes.headDim(), T = sizes.seqLen(), queriesPerKey = sizes.queriesPerKey();
    float factor = (float) (call.scoring().scale() * QueryBlock.LOG2_E);
    MemorySegment alibi = call.scoring().alibiSlopes();
    for (int r = 0; r < count; r++) {
      int t = r / queriesPerKey, h = g * queriesPerKey + r % queriesPerKey;
      keyFrom[r] = call.mask().keyFrom().getAtIndex(JAVA_INT_UNALIGNED, (long) b * T + t);
      keyTo[r] = call.mask().keyTo().getAtIndex(JAVA_INT_UNALIGNED, (long) b * T + t);
      slopes[r] =
          alibi == null
              ? 0
              : (float) (alibi.getAtIndex(JAVA_FLOAT_UNALIGNED, h) * QueryBlock.LOG2_E);
      loadRow(queries, r * width, q, q.index(b, t, h, E), E, width);
      for (int e = 0; e < E; e++) {
        queries[r * width + e] *= factor;
      }
    }
  }

  private void store(Sizes sizes, Results y, int b, int g, int count, int width) {
    int V = sizes.valueDim(), T = sizes.seqLen(), H = sizes.numHeads();
    for (int r = 0; r < count; r++) {
      int t = r / sizes.queriesPerKey(), h = g * sizes.queriesPerKey() + r % sizes.queriesPerKey();
      float inverse = total[r] == 0 ? 0 : 1 / total[r];
      float lse = (float) (max[r] * Math.log(2) + Math.log(total[r]));
      y.logSumExp().setAtIndex(JAVA_FLOAT_UNALIGNED, ((long) b * H + h) * T + t, lse);
      long index = y.out().index(b, t, h, V);
      TileCopy.storePanels(y.out().memory(), index, sums, r * width, TileProduct.PANEL, V, inverse);
    }
  }

  /** Loads head g of key or value j of sequence b, with zeros up to {@code width}. */
  private static void loadKey(
      float[] tile, int first, KeyView x, int b, int j, int g, int n, int width) {
    PageTile.load(tile, first, x, b, j, g, n);
    for (int e = n; e < width; e++) {
      tile[first + e] = 0;
    }
  }

  private static void loadRow(float[] tile, int first, HeadView x, long index, int n, int width) {
    TileCopy.load(tile, first, x.memory(), index, n);
    for (int e = n; e < width; e++) {
      tile[first + e] = 0;
    }
  }

  /**
   * Dot products scores[j] = query . key j of {@code count} keys from firstKey on, four vectors of
   * the width at a time.
   */
  private void score(int query, int firstKey, int count, int width) {
    Arrays.fill(partials, 0, count * LANES, 0);
    int e = 0;
    for (; e + 4 * LANES <= width; e += 4 * LANES) {
      FloatVector x0 = FloatVector.fromArray(FLOAT, queries, query + e);
      FloatVector x1 = FloatVector.fromArray(FLOAT, queries, query + e + LANES);
      FloatVector x2 = FloatVector.fromArray(FLOAT, queries, query + e + 2 * LANES);
      FloatVector x3 = FloatVector.fromArray(FLOAT, queries, query + e + 3 * LANES);
      for (int j = 0; j < count; j++) {
        int key = firstKey + j * width + e;
        FloatVector s = FloatVector.fromArray(FLOAT, partials, j * LANES);
        s = x0.fma(FloatVector.fromArray(FLOAT, keys, key), s);
        s = x1.fma(FloatVector.fromArray(FLOAT, keys, key + LANES), s);
        s = x2.fma(FloatVector.fromArray(FLOAT, keys, key + 2 * LANES), s);
        s = x3.fma(FloatVector.fromArray(FLOAT, keys, key + 3 * LANES), s);
        s.intoArray(partials, j * LANES);
      }
    }
    for (; e < width; e += LANES) {
      FloatVector x = FloatVector.fromArray(FLOAT, queries, query + e);
      for (int j = 0; j < count; j++) {
        FloatVector s = FloatVector.fromArray(FLOAT, partials, j * LANES);
        x.fma(FloatVector.fromArray(FLOAT, keys, firstKey + j * width + e), s)
            .intoArray(partials, j * LANES);
      }
    }
    for (int j = 0; j < count; j++) {
      scores[j] = Lanes.sum(FloatVector.fromArray(FLOAT, partials, j * LANES));
    }
  }

  /**
   * Online softmax: turns scores into weights and returns the factor that rescales the sums so far.
   */
  private float softmax(int query, int count) {
    Arrays.fill(scores, count, count + LANES, Float.NEGATIVE_INFINITY);
    float before = max[query];
    FloatVector most = FloatVector.broadcast(FLOAT, before);
    for (int j = 0; j < count; j += LANES) {
      FloatVector score = FloatVector.fromArray(FLOAT, scores, j);
      most = most.blend(score, score.compare(VectorOperators.GT, most));
    }
    float greatest = most.reduceLanes(VectorOperators.MAX);
    FloatVector sum = FloatVector.zero(FLOAT);
    for (int j = 0; j < count; j += LANES) {
      FloatVector weight = VectorMath.exp2(FloatVector.fromArray(FLOAT, scores, j).sub(greatest));
      weight.intoArray(scores, j);
      sum = sum.add(weight);
    }
    float factor =
        before == greatest ? 1 : (float) Math.exp((before - (double) greatest) * Math.log(2));
    max[query] = greatest;
    total[query] = total[query] * factor + Lanes.sum(sum);
    return factor;
  }

  /** sums = factor sums + sum over j of scores[j] value j, four vectors of the width at a time. */
  private void addValues(int query, float factor, int firstValue, int count, int width) {
    int e = 0;
    for (; e + 4 * LANES <= width; e += 4 * LANES) {
      int to = query + e;
      FloatVector s0 = FloatVector.fromArray(FLOAT, sums, to).mul(factor);
      FloatVector s1 = FloatVector.fromArray(FLOAT, sums, to + LANES).mul(factor);
      FloatVector s2 = FloatVector.fromArray(FLOAT, sums, to + 2 * LANES).mul(factor);
      FloatVector s3 = FloatVector.fromArray(FLOAT, sums, to + 3 * LANES).mul(factor);
      for (int j = 0; j < count; j++) {
        int value = firstValue + j * width + e;
        FloatVector weight = FloatVector.broadcast(FLOAT, scores[j]);
        s0 = weight.fma(FloatVector.fromArray(FLOAT, values, value), s0);
        s1 = weight.fma(FloatVector.fromArray(FLOAT, values, value + LANES), s1);
        s2 = weight.fma(FloatVector.fromArray(FLOAT, values, value + 2 * LANES), s2);
        s3 = weight.fma(FloatVector.fromArray(FLOAT, values, value + 3 * LANES), s3);
      }
      s0.intoArray(sums, to);
      s1.intoArray(sums, to + LANES);
      s2.intoArray(sums, to + 2 * LANES);
      s3.intoArray(sums, to + 3 * LANES);
    }
    for (; e < width; e += LANES) {
      FloatVector s = FloatVector.fromArray(FLOAT, sums, query + e).mul(factor);
      for (int j = 0; j < count; j++) {
        FloatVector value = FloatVector.fromArray(FLOAT, values, firstValue + j * width + e);
        s = value.fma(FloatVector.broadcast(FLOAT, scores[j]), s);
      }
      s.intoArray(sums, query + e);
    }
  }
}
