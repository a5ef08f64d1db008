package dev.rapt.kernel.vector.attention;

import static dev.rapt.kernel.vector.attention.TileProduct.PANEL;
import static dev.rapt.kernel.vector.attention.TileProduct.STRIDE;
import static dev.rapt.kernel.vector.math.VectorMath.FLOAT;
import static dev.rapt.kernel.vector.math.VectorMath.INT;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;

import dev.rapt.kernel.AttentionCall;
import dev.rapt.kernel.AttentionCall.KeyBits;
import dev.rapt.kernel.AttentionCall.RelativeTerm;
import dev.rapt.kernel.AttentionCall.Sizes;
import dev.rapt.kernel.CounterRandom;
import dev.rapt.kernel.HeadView;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import org.jspecify.annotations.Nullable;

/**
 * A block of queries that share a key-value head (GQA), with their mask and bias. The queries of
 * head g are numbered by position, then by head: query r is at position r / R of head g R + r % R,
 * where R = H / G. So a block reads each key once for all heads of the group, even if the sequence
 * is short.
 *
 * <p>Vector lanes run along the queries: a tile of scores is (keys, queries) with row stride {@link
 * #QUERIES}, so the maxima and sums of softmax are element-wise vector operations. Scores are in
 * base 2: the queries are multiplied by scale log2(e).
 */
final class QueryBlock {
  /** Largest number of queries in a block. */
  static final int QUERIES = STRIDE;

  /** Keys of a tile; at most 64, see {@link BlockBits}. */
  static final int KEYS = 8 * TileProduct.ROWS;

  /** Positions are compared as floats, which count exactly up to here. */
  static final int MAX_KEYS = 1 << 24;

  private static final int LANES = FLOAT.length();

  static final double LOG2_E = 1 / Math.log(2);

  /** Number of queries in this block. */
  int count;

  /** Number of panels of this block that contain a query. */
  int panels;

  /** Range of keys [firstKey, endKey) outside which no query sees a key. */
  int firstKey, endKey;

  /** For each panel, the rows [low, high) of the current tile that some query sees. */
  final int[] low = new int[QUERIES / PANEL], high = new int[QUERIES / PANEL];

  /** Relative position bias of the call by query and by key, or null. */
  @Nullable RelativeTile byQuery, byKey;

  /** The queries, transposed and scaled, (panels, E, PANEL). */
  final float[] transposed;

  /** Queries of a panel before they are transposed, (PANEL, E rounded up to whole vectors). */
  private final float[] rows;

  private final float[] keyFrom = new float[QUERIES], keyTo = new float[QUERIES];
  private final float[] slopes = new float[QUERIES], positions = new float[QUERIES];
  private final int[] indexLow = new int[QUERIES], indexHigh = new int[QUERIES];
  // For each panel: smallest and largest keyFrom and keyTo of its queries.
  private final int[] minFrom = new int[QUERIES / PANEL], maxFrom = new int[QUERIES / PANEL];
  private final int[] minTo = new int[QUERIES / PANEL], maxTo = new int[QUERIES / PANEL];
  private final BlockBits blockBits = new BlockBits();
  private @Nullable KeyBits bits;
  private boolean biased;
  private int seedLow, seedHigh, threshold, keptFactor;

  QueryBlock(int headDim) {
    transposed = new float[QUERIES * headDim];
    rows = new float[PANEL * wholeVectors(headDim)];
  }

  /** Returns n rounded up to a multiple of the number of lanes. */
  static int wholeVectors(int n) {
    return (n + LANES - 1) / LANES * LANES;
  }

  /** Loads queries [from, to) of key-value head g of sequence b into this block. */
  void load(AttentionCall call, HeadView q, int b, int g, int from, int to) {
    Sizes sizes = call.sizes();
    int T = sizes.seqLen(), S = sizes.totalLen(), E = sizes.headDim(), H = sizes.numHeads();
    int queriesPerKey = sizes.queriesPerKey(), stride = wholeVectors(E);
    float factor = (float) (call.scoring().scale() * LOG2_E);
    count = to - from;
    panels = (count + PANEL - 1) / PANEL;
    MemorySegment alibi = call.scoring().alibiSlopes();
    biased = alibi != null;
    seedLow = (int) call.dropout().seed();
    seedHigh = (int) (call.dropout().seed() >>> 32);
    threshold = CounterRandom.threshold(call.dropout().probability()) ^ Integer.MIN_VALUE;
    keptFactor = Float.floatToRawIntBits(1 / (1 - call.dropout().probability()));
    byQuery = relativeTile(call.scoring().byQuery(), false, sizes, b, g, from, count);
    byKey = relativeTile(call.scoring().byKey(), true, sizes, b, g, from, count);
    bits = call.mask().bits();
    if (bits != null) {
      blockBits.load(call, bits, b, g, from, count);
    }
    resetRanges();
    for (int n = 0; n < panels * PANEL; n++) {
      // Unused lanes after the last query repeat its range, so they need no mask.
      int r = from + Math.min(n, count - 1);
      int t = r / queriesPerKey, h = g * queriesPerKey + r % queriesPerKey;
      int first = call.mask().keyFrom().getAtIndex(JAVA_INT_UNALIGNED, (long) b * T + t);
      int end = call.mask().keyTo().getAtIndex(JAVA_INT_UNALIGNED, (long) b * T + t);
      setRange(n, first, end);
      long index = (((long) b * H + h) * T + t) * S;
      indexLow[n] = (int) index;
      indexHigh[n] = (int) (index >>> 32);
      positions[n] = sizes.position(t);
      slopes[n] = alibi == null ? 0 : (float) (alibi.getAtIndex(JAVA_FLOAT_UNALIGNED, h) * LOG2_E);
      // Unused lanes hold zeros, so their scores are 0.
      if (n < count) {
        TileCopy.load(rows, n % PANEL * stride, q.memory(), q.index(b, t, h, E), E);
      } else {
        Arrays.fill(rows, n % PANEL * stride, n % PANEL * stride + E, 0);
      }
      if (n % PANEL == PANEL - 1) {
        TileTranspose.panel(transposed, n / PANEL * E * PANEL, rows, stride, E, factor);
      }
    }
  }

  private static @Nullable RelativeTile relativeTile(
      @Nullable RelativeTerm term, boolean byKey, Sizes sizes, int b, int g, int from, int count) {
    return term == null ? null : new RelativeTile(term, byKey, sizes, b, g, from, count);
  }

  /**
   * Initialises the online softmax of each query, its largest score and sum of weights, with the
   * attention sink only, before any key.
   */
  static void startSoftmax(AttentionCall call, float[] max, float[] total, int g, int fromQuery) {
    MemorySegment sinks = call.scoring().sinks();
    if (sinks == null) {
      Arrays.fill(max, Float.NEGATIVE_INFINITY);
      Arrays.fill(total, 0);
      return;
    }
    int queriesPerKey = call.sizes().queriesPerKey();
    for (int n = 0; n < max.length; n++) {
      int h = g * queriesPerKey + (fromQuery + n) % queriesPerKey;
      max[n] = (float) (sinks.getAtIndex(JAVA_FLOAT_UNALIGNED, h) * LOG2_E);
    }
    Arrays.fill(total, 1);
  }

  private void resetRanges() {
    firstKey = Integer.MAX_VALUE;
    endKey = 0;
    Arrays.fill(minFrom, Integer.MAX_VALUE);
    Arrays.fill(maxFrom, 0);
    Arrays.fill(minTo, Integer.MAX_VALUE);
    Arrays.fill(maxTo, 0);
  }

  private void setRange(int n, int first, int end) {
    int p = n / PANEL;
    keyFrom[n] = first;
    keyTo[n] = end;
    maxFrom[p] = Math.max(maxFrom[p], first);
    minTo[p] = Math.min(minTo[p], end);
    if (first < end) {
      minFrom[p] = Math.min(minFrom[p], first);
      maxTo[p] = Math.max(maxTo[p], end);
      firstKey = Math.min(firstKey, first);
      endKey = Math.max(endKey, end);
    }
  }

  /**
   * Sets low and high for the tile of keys [from, to), at most KEYS; returns whether any query sees
   * one of them.
   */
  boolean enterTile(int from, int to) {
    boolean seen = false;
    for (int p = 0; p < panels; p++) {
      low[p] = Math.max(minFrom[p], from) - from;
      high[p] = Math.min(maxTo[p], to) - from;
      if (bits != null && low[p] < high[p]) {
        long any = blockBits.enterTile(bits, p, from, to);
        low[p] = Math.max(low[p], Long.numberOfTrailingZeros(any));
        high[p] = Math.min(high[p], Long.SIZE - Long.numberOfLeadingZeros(any));
      }
      if (low[p] >= high[p]) {
        low[p] = to - from;
        high[p] = 0;
      }
      seen |= low[p] < high[p];
    }
    if (seen && byQuery != null) {
      byQuery.enterTile(from, to - from);
    }
    if (seen && byKey != null) {
      byKey.enterTile(from, to - from);
    }
    return seen;
  }

  /**
   * Adds the bias to rows [low, high) of panel p of the tile with this first key, and masks them.
   */
  void biasAndMask(float[] scores, int p, int tile) {
    if (biased) {
      for (int n = p * PANEL; n < (p + 1) * PANEL; n += LANES) {
        bias(scores, n, low[p], high[p], tile);
      }
    }
    if (byQuery != null) {
      byQuery.add(scores, p, low[p], high[p]);
    }
    if (byKey != null) {
      byKey.add(scores, p, low[p], high[p]);
    }
    if (maxFrom[p] > tile + low[p] || minTo[p] < tile + high[p]) {
      for (int n = p * PANEL; n < (p + 1) * PANEL; n += LANES) {
        mask(scores, n, low[p], high[p], tile);
      }
    }
    if (bits != null) {
      for (int n = p * PANEL; n < (p + 1) * PANEL; n += LANES) {
        blockBits.mask(scores, n, low[p], high[p]);
      }
    }
  }

  private void bias(float[] scores, int n, int from, int to, int tile) {
    FloatVector slope = FloatVector.fromArray(FLOAT, slopes, n);
    FloatVector position = FloatVector.fromArray(FLOAT, positions, n);
    for (int j = from; j < to; j++) {
      FloatVector distance = FloatVector.broadcast(FLOAT, tile + j).sub(position);
      FloatVector score = FloatVector.fromArray(FLOAT, scores, j * QUERIES + n);
      slope.fma(distance, score).intoArray(scores, j * QUERIES + n);
    }
  }

  private void mask(float[] scores, int n, int from, int to, int tile) {
    FloatVector first = FloatVector.fromArray(FLOAT, keyFrom, n);
    FloatVector end = FloatVector.fromArray(FLOAT, keyTo, n);
    for (int j = from; j < to; j++) {
      FloatVector key = FloatVector.broadcast(FLOAT, tile + j);
      FloatVector.fromArray(FLOAT, scores, j * QUERIES + n)
          .blend(Float.NEGATIVE_INFINITY, key.compare(VectorOperators.LT, first))
          .blend(Float.NEGATIVE_INFINITY, key.compare(VectorOperators.GE, end))
          .intoArray(scores, j * QUERIES + n);
    }
  }

  /** Zeros the rows of panel p outside [low, high). */
  void clearUnseen(float[] tile, int p, int rows) {
    for (int j = 0; j < Math.min(low[p], rows); j++) {
      Arrays.fill(tile, j * QUERIES + p * PANEL, j * QUERIES + (p + 1) * PANEL, 0);
    }
    for (int j = high[p]; j < rows; j++) {
      Arrays.fill(tile, j * QUERIES + p * PANEL, j * QUERIES + (p + 1) * PANEL, 0);
    }
  }

  /**
   * Returns the dropout factors of the weights of key j for queries [n, n + LANES), 0 or 1 / (1 -
   * p), by {@link CounterRandom#bits} in vectors.
   */
  FloatVector keepFactor(int n, int j) {
    IntVector base = IntVector.fromArray(INT, indexLow, n);
    IntVector index = base.add(j);
    IntVector carried =
        IntVector.fromArray(INT, indexHigh, n)
            .add(1, flipped(index).compare(VectorOperators.LT, flipped(base)));
    IntVector bits =
        mix(
            mix(index.lanewise(VectorOperators.XOR, seedLow))
                .lanewise(VectorOperators.XOR, carried)
                .lanewise(VectorOperators.XOR, seedHigh));
    return IntVector.zero(INT)
        .blend(keptFactor, flipped(bits).compare(VectorOperators.GE, threshold))
        .reinterpretAsFloats();
  }

  /** Flips the sign bits, which maps unsigned order to signed order. */
  private static IntVector flipped(IntVector x) {
    return x.lanewise(VectorOperators.XOR, Integer.MIN_VALUE);
  }

  private static IntVector mix(IntVector x) {
    x = x.lanewise(VectorOperators.XOR, x.lanewise(VectorOperators.LSHR, 16)).mul(0x7feb352d);
    x = x.lanewise(VectorOperators.XOR, x.lanewise(VectorOperators.LSHR, 15)).mul(0x846ca68b);
    return x.lanewise(VectorOperators.XOR, x.lanewise(VectorOperators.LSHR, 16));
  }
}
