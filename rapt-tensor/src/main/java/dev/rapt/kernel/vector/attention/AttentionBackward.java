package dev.rapt.kernel.vector.attention;

import static dev.rapt.kernel.vector.attention.QueryBlock.KEYS;
import static dev.rapt.kernel.vector.attention.QueryBlock.QUERIES;
import static dev.rapt.kernel.vector.attention.TileProduct.COLUMNS;
import static dev.rapt.kernel.vector.attention.TileProduct.PANEL;
import static dev.rapt.kernel.vector.attention.TileProduct.ROWS;
import static dev.rapt.kernel.vector.math.VectorMath.FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;

import dev.rapt.kernel.AttentionCall;
import dev.rapt.kernel.AttentionCall.RelativeTerm;
import dev.rapt.kernel.AttentionCall.Sizes;
import dev.rapt.kernel.AttentionKernel.BackwardOperands;
import dev.rapt.kernel.AttentionKernel.Gradients;
import dev.rapt.kernel.AttentionKernel.Inputs;
import dev.rapt.kernel.HeadView;
import dev.rapt.kernel.vector.math.VectorMath;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import org.jspecify.annotations.Nullable;

/**
 * Backward pass of attention for a range of queries and a range of keys of one key-value head:
 * FlashAttention-2 (arXiv:2307.08691), algorithm 2 with the loops exchanged. The outer loop runs
 * over blocks of queries, the inner one over tiles of keys, since a block of queries is more
 * expensive to pack than a tile of keys. Weights are recomputed from the log-sum-exp. An instance
 * holds the tiles, which one thread reuses; their size depends only on the widths of heads.
 */
final class AttentionBackward {
  /**
   * The work of one task: queries [fromQuery, toQuery) and keys [fromKey, toKey) of key-value head
   * g of sequence b.
   *
   * @param wantQueries whether to write dQ of these queries; if so, the range must contain all keys
   * @param wantKeys whether to write dK and dV of these keys; if so, the range must contain all
   *     queries
   */
  record Area(
      int b,
      int g,
      int fromQuery,
      int toQuery,
      int fromKey,
      int toKey,
      boolean wantQueries,
      boolean wantKeys) {
    static Area whole(int b, int g, int numQueries, int numKeys) {
      return new Area(b, g, 0, numQueries, 0, numKeys, true, true);
    }

    static Area ofQueries(int b, int g, int from, int to, int numKeys) {
      return new Area(b, g, from, to, 0, numKeys, true, false);
    }

    static Area ofKeys(int b, int g, int numQueries, int from, int to) {
      return new Area(b, g, 0, numQueries, from, to, false, true);
    }
  }

  private static final int LANES = FLOAT.length();

  private final QueryBlock block;

  /**
   * Tile of keys (KEYS, E), values (KEYS, V), and keys packed in panels (E / PANEL, KEYS, PANEL).
   */
  private final float[] keys, values, keyPanels;

  /** Scaled queries and their gradients, (E / PANEL, QUERIES, PANEL). */
  private final float[] queryPanels, dQueries;

  /**
   * Gradients of the output, (V / PANEL, QUERIES, PANEL), and transposed, (QUERIES / PANEL, V,
   * PANEL).
   */
  private final float[] dOutPanels, dOutTransposed;

  /**
   * Tiles (KEYS, QUERIES): scores, then weights after dropout; gradients of weights, then of
   * scores.
   */
  private final float[] weights = new float[KEYS * QUERIES];

  private final float[] dScores = new float[KEYS * QUERIES];

  /** Derivatives of logit soft-capping, (KEYS, QUERIES); empty until first needed. */
  private float[] capSlopes = new float[0];

  /** Gradients of a few keys or values, (ROWS, E or V rounded up to a whole panel). */
  private final float[] dRows;

  /** For each query: log-sum-exp in base 2; delta, the sum over e of dOut out. */
  private final float[] logSums = new float[QUERIES];

  private final float[] deltas = new float[QUERIES];
  private final float[] ones = new float[QUERIES];
  private final float[] outRow;

  /** Gradients of the output before they are transposed, (PANEL, V rounded up to whole vectors). */
  private final float[] dOutRows;

  AttentionBackward(int headDim, int valueDim) {
    int panelled = (headDim + PANEL - 1) / PANEL * PANEL;
    int valuePanelled = (valueDim + PANEL - 1) / PANEL * PANEL;
    block = new QueryBlock(headDim);
    keys = new float[KEYS * headDim];
    values = new float[KEYS * valueDim];
    keyPanels = new float[KEYS * panelled];
    queryPanels = new float[QUERIES * panelled];
    dOutPanels = new float[QUERIES * valuePanelled];
    dQueries = new float[QUERIES * panelled];
    dOutTransposed = new float[QUERIES * valueDim];
    dRows = new float[ROWS * Math.max(panelled, valuePanelled)];
    dOutRows = new float[PANEL * QueryBlock.wholeVectors(valueDim)];
    outRow = new float[valueDim];
    Arrays.fill(ones, 1);
  }

  /** Computes the gradients that arise between the queries and the keys of an area. */
  void run(AttentionCall call, BackwardOperands operands, Area area) {
    int b = area.b, g = area.g;
    int fromQuery = area.fromQuery, toQuery = area.toQuery;
    int fromKey = area.fromKey, toKey = area.toKey;
    boolean wantQueries = area.wantQueries, wantKeys = area.wantKeys;
    Sizes sizes = call.sizes();
    if (wantKeys) {
      clear(operands.gradients().dK(), b, g, fromKey, toKey, sizes.headDim());
      clear(operands.gradients().dV(), b, g, fromKey, toKey, sizes.valueDim());
      clearTables(call, operands.gradients(), b, g, fromKey, toKey);
    }
    for (int from = fromQuery; from < toQuery; from += QUERIES) {
      block.load(call, operands.x().q(), b, g, from, Math.min(from + QUERIES, toQuery));
      clearTableOfQueries(operands.gradients().dByQuery(), wantQueries);
      int endKey = Math.min(block.endKey, toKey);
      int firstKey = Math.max(block.firstKey, fromKey);
      if (firstKey < endKey) {
        loadBlock(call, operands, b, g, from, wantKeys);
      }
      Arrays.fill(dQueries, 0);
      for (int tile = firstKey; tile < endKey; tile += KEYS) {
        int rows = Math.min(KEYS, endKey - tile);
        if (!block.enterTile(tile, tile + rows)) {
          continue;
        }
        loadTile(sizes, operands.x(), b, g, tile, rows, wantQueries);
        weigh(call, tile, rows);
        addToTable(block.byQuery, operands.gradients().dByQuery(), wantQueries);
        addToTable(block.byKey, operands.gradients().dByKey(), wantKeys);
        if (call.scoring().softCap() != 0) {
          differentiateCap();
        }
        if (wantKeys) {
          for (int j = 0; j < rows; j += ROWS) {
            addToKeys(sizes, operands.gradients(), b, g, tile, j, Math.min(ROWS, rows - j));
          }
        }
        if (wantQueries) {
          addToQueries(sizes.headDim());
        }
      }
      if (wantQueries) {
        storeQueries(call, operands, b, g, from, firstKey < endKey);
      }
    }
  }

  private static void clear(HeadView d, int b, int g, int from, int to, int width) {
    for (int j = from; j < to; j++) {
      TileCopy.clear(d.memory(), d.index(b, j, g, width), width);
    }
  }

  /**
   * Zeros the table gradients of these keys, and the rows shared by all if the area has all keys.
   */
  private static void clearTables(
      AttentionCall call, Gradients gradients, int b, int g, int fromKey, int toKey) {
    RelativeTerm byQuery = call.scoring().byQuery(), byKey = call.scoring().byKey();
    MemorySegment dByQuery = gradients.dByQuery(), dByKey = gradients.dByKey();
    if (byQuery != null && byQuery.isShared() && dByQuery != null) {
      RelativeTile.clear(dByQuery, byQuery, call.sizes(), b, g, 0, 1);
    }
    if (byKey != null && dByKey != null) {
      RelativeTile.clear(dByKey, byKey, call.sizes(), b, g, fromKey, toKey);
    }
  }

  private void clearTableOfQueries(@Nullable MemorySegment gradient, boolean wanted) {
    RelativeTile term = block.byQuery;
    if (wanted && term != null && !term.isShared() && gradient != null) {
      term.clearQueries(gradient);
    }
  }

  private void addToTable(
      @Nullable RelativeTile term, @Nullable MemorySegment gradient, boolean wanted) {
    if (wanted && term != null && gradient != null) {
      term.addGradients(gradient, dScores, block.low, block.high);
    }
  }

  private void differentiateCap() {
    for (int n = 0; n < block.panels * PANEL; n += LANES) {
      int p = n / PANEL;
      SoftCap.differentiate(dScores, capSlopes, n, block.low[p], block.high[p]);
    }
  }

  private void loadBlock(
      AttentionCall call,
      BackwardOperands operands,
      int b,
      int g,
      int firstQuery,
      boolean wantKeys) {
    Sizes sizes = call.sizes();
    int E = sizes.headDim(), V = sizes.valueDim(), H = sizes.numHeads(), T = sizes.seqLen();
    int queriesPerKey = sizes.queriesPerKey(), rowStride = QueryBlock.wholeVectors(V);
    HeadView q = operands.x().q(), out = operands.y().out(), dOut = operands.dOut();
    for (int n = 0; n < block.panels * PANEL; n++) {
      int r = firstQuery + Math.min(n, block.count - 1);
      int t = r / queriesPerKey, h = g * queriesPerKey + r % queriesPerKey;
      int rowAt = n % PANEL * rowStride;
      long row = ((long) b * H + h) * T + t;
      float lse = operands.y().logSumExp().getAtIndex(JAVA_FLOAT_UNALIGNED, row);
      // All scores of a query that sees no key are masked: any finite log-sum-exp gives weight 0.
      logSums[n] = lse == Float.NEGATIVE_INFINITY ? 0 : (float) (lse * QueryBlock.LOG2_E);
      if (n < block.count) {
        long dOutIndex = dOut.index(b, t, h, V);
        TileCopy.load(dOutRows, rowAt, dOut.memory(), dOutIndex, V);
        TileCopy.load(outRow, 0, out.memory(), out.index(b, t, h, V), V);
        deltas[n] = TileCopy.dot(dOutRows, rowAt, outRow, V);
        if (wantKeys) {
          int to = n * PANEL, stride = QUERIES * PANEL;
          TileCopy.loadPanels(dOutPanels, to, stride, dOut.memory(), dOutIndex, V, 1);
          long index = q.index(b, t, h, E);
          float scale = call.scoring().scale();
          TileCopy.loadPanels(queryPanels, to, stride, q.memory(), index, E, scale);
        }
      } else {
        deltas[n] = 0;
        Arrays.fill(dOutRows, rowAt, rowAt + V, 0);
      }
      if (n % PANEL == PANEL - 1) {
        TileTranspose.panel(dOutTransposed, n / PANEL * V * PANEL, dOutRows, rowStride, V, 1);
      }
    }
  }

  private void loadTile(
      Sizes sizes, Inputs x, int b, int g, int tile, int rows, boolean wantQueries) {
    int E = sizes.headDim(), V = sizes.valueDim();
    HeadView k = Inputs.dense(x.k()), v = Inputs.dense(x.v());
    for (int j = 0; j < rows; j++) {
      long key = k.index(b, tile + j, g, E);
      TileCopy.load(keys, j * E, k.memory(), key, E);
      TileCopy.load(values, j * V, v.memory(), v.index(b, tile + j, g, V), V);
      if (wantQueries) {
        TileCopy.loadPanels(keyPanels, j * PANEL, KEYS * PANEL, k.memory(), key, E, 1);
      }
    }
  }

  /** Computes weights of the tile's keys and gradients of their scores, with soft cap and bias. */
  private void weigh(AttentionCall call, int tile, int rows) {
    int E = call.sizes().headDim(), V = call.sizes().valueDim();
    float cap = (float) (call.scoring().softCap() * QueryBlock.LOG2_E);
    boolean drops = call.dropout().probability() > 0;
    if (cap != 0 && capSlopes.length == 0) {
      capSlopes = new float[KEYS * QUERIES];
    }
    for (int p = 0; p < block.panels; p++) {
      int low = block.low[p], high = block.high[p];
      if (low < high) {
        for (int j = low / ROWS * ROWS; j < high; j += ROWS) {
          int to = j * QUERIES + p * PANEL, panel = p * E * PANEL, valuePanel = p * V * PANEL;
          TileProduct.rows(keys, j * E, E, block.transposed, panel, weights, to, QUERIES, E);
          TileProduct.rows(values, j * V, V, dOutTransposed, valuePanel, dScores, to, QUERIES, V);
        }
        if (cap != 0) {
          for (int n = p * PANEL; n < (p + 1) * PANEL; n += LANES) {
            SoftCap.apply(weights, capSlopes, n, low, high, cap);
          }
        }
        block.biasAndMask(weights, p, tile);
        for (int n = p * PANEL; n < (p + 1) * PANEL; n += LANES) {
          if (drops) {
            differentiateDropped(n, low, high, tile);
          } else {
            differentiate(n, low, high);
          }
        }
      }
      block.clearUnseen(weights, p, rows);
      block.clearUnseen(dScores, p, rows);
    }
  }

  private void differentiate(int n, int low, int high) {
    FloatVector logSum = FloatVector.fromArray(FLOAT, logSums, n);
    FloatVector delta = FloatVector.fromArray(FLOAT, deltas, n);
    for (int j = low; j < high; j++) {
      int at = j * QUERIES + n;
      FloatVector weight = VectorMath.exp2(FloatVector.fromArray(FLOAT, weights, at).sub(logSum));
      weight.intoArray(weights, at);
      FloatVector.fromArray(FLOAT, dScores, at).sub(delta).mul(weight).intoArray(dScores, at);
    }
  }

  private void differentiateDropped(int n, int low, int high, int tile) {
    FloatVector logSum = FloatVector.fromArray(FLOAT, logSums, n);
    FloatVector delta = FloatVector.fromArray(FLOAT, deltas, n);
    for (int j = low; j < high; j++) {
      int at = j * QUERIES + n;
      FloatVector keep = block.keepFactor(n, tile + j);
      FloatVector weight = VectorMath.exp2(FloatVector.fromArray(FLOAT, weights, at).sub(logSum));
      weight.mul(keep).intoArray(weights, at);
      FloatVector.fromArray(FLOAT, dScores, at)
          .mul(keep)
          .sub(delta)
          .mul(weight)
          .intoArray(dScores, at);
    }
  }

  /** Adds to dK and dV of rows [j, j + ROWS) of the tile; only the first {@code count} are keys. */
  private void addToKeys(
      Sizes sizes, Gradients gradients, int b, int g, int tile, int j, int count) {
    int first = block.panels, end = 0;
    for (int p = 0; p < block.panels; p++) {
      if (block.low[p] < j + count && block.high[p] > j) {
        first = Math.min(first, p);
        end = p + 1;
      }
    }
    if (first < end) {
      int n = first * PANEL, depth = Math.min(end * PANEL, block.count) - n;
      int E = sizes.headDim(), V = sizes.valueDim();
      multiply(weights, dOutPanels, j, n, depth, V);
      addRows(gradients.dV(), b, tile + j, g, count, V);
      multiply(dScores, queryPanels, j, n, depth, E);
      addRows(gradients.dK(), b, tile + j, g, count, E);
    }
  }

  /** Sets dRows (ROWS, width) to factors [j, j + ROWS) x [n, n + depth) times panels. */
  private void multiply(float[] factors, float[] panels, int j, int n, int depth, int width) {
    int stride = (width + PANEL - 1) / PANEL * PANEL;
    for (int e = 0; e < width; e += PANEL) {
      int panel = e * QUERIES + n * PANEL;
      TileProduct.rows(factors, j * QUERIES + n, QUERIES, panels, panel, dRows, e, stride, depth);
    }
  }

  /** Adds dRows to d of keys [key, key + count). */
  private void addRows(HeadView d, int b, int key, int g, int count, int width) {
    int stride = (width + PANEL - 1) / PANEL * PANEL;
    for (int i = 0; i < count; i++) {
      TileCopy.add(d.memory(), d.index(b, key + i, g, width), dRows, i * stride, width);
    }
  }

  private void addToQueries(int E) {
    for (int n = 0; n < block.count; n += COLUMNS) {
      int p = n / PANEL, last = Math.min((n + COLUMNS - 1) / PANEL, block.panels - 1);
      int low = Math.min(block.low[p], block.low[last]);
      int high = Math.max(block.high[p], block.high[last]);
      if (low < high) {
        int tileAt = low * QUERIES + n;
        for (int e = 0; e < E; e += PANEL) {
          int panel = e * KEYS + low * PANEL, to = e * QUERIES + n * PANEL;
          TileProduct.columns(dScores, tileAt, keyPanels, panel, dQueries, to, ones, n, high - low);
        }
      }
    }
  }

  /** Writes dQ and dSinks; the deltas are those of this block if some query sees a key. */
  private void storeQueries(
      AttentionCall call, BackwardOperands operands, int b, int g, int firstQuery, boolean seen) {
    Sizes sizes = call.sizes();
    int E = sizes.headDim(), H = sizes.numHeads(), T = sizes.seqLen();
    HeadView dQ = operands.gradients().dQ();
    MemorySegment sinks = call.scoring().sinks(), dSinks = operands.gradients().dSinks();
    for (int n = 0; n < block.count; n++) {
      int r = firstQuery + n;
      int t = r / sizes.queriesPerKey(), h = g * sizes.queriesPerKey() + r % sizes.queriesPerKey();
      long index = dQ.index(b, t, h, E);
      float scale = call.scoring().scale();
      TileCopy.storePanels(dQ.memory(), index, dQueries, n * PANEL, QUERIES * PANEL, E, scale);
      if (sinks != null && dSinks != null) {
        double sink = sinks.getAtIndex(JAVA_FLOAT_UNALIGNED, h) - logSums[n] * Math.log(2);
        float d = seen ? (float) (-Math.exp(sink) * deltas[n]) : 0;
        dSinks.setAtIndex(JAVA_FLOAT_UNALIGNED, ((long) b * H + h) * T + t, d);
      }
    }
  }
}
