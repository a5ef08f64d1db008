package dev.rapt.kernel.vector.attention;

import static dev.rapt.kernel.vector.attention.QueryBlock.KEYS;
import static dev.rapt.kernel.vector.attention.QueryBlock.QUERIES;
import static dev.rapt.kernel.vector.attention.TileProduct.COLUMNS;
import static dev.rapt.kernel.vector.attention.TileProduct.PANEL;
import static dev.rapt.kernel.vector.attention.TileProduct.ROWS;
import static dev.rapt.kernel.vector.math.VectorMath.FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;

import dev.rapt.kernel.AttentionCall;
import dev.rapt.kernel.AttentionCall.Sizes;
import dev.rapt.kernel.AttentionKernel.Inputs;
import dev.rapt.kernel.AttentionKernel.Results;
import dev.rapt.kernel.HeadView;
import dev.rapt.kernel.KeyView;
import dev.rapt.kernel.PageView;
import dev.rapt.kernel.vector.math.VectorMath;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Forward pass of attention for a block of queries, one tile of keys at a time: FlashAttention-2
 * (arXiv:2307.08691), algorithm 1, with transposed scores as described in {@link QueryBlock}. An
 * instance holds the tiles, which one thread reuses; their size depends only on the widths of
 * heads.
 */
final class AttentionForward {
  private static final int LANES = FLOAT.length();

  private final QueryBlock block;

  /** Tiles of keys, (KEYS, E), and of values packed in panels, (V / PANEL, KEYS, PANEL). */
  private final float[] keys, values;

  /** One value, padded to whole panels. */
  private final float[] row;

  /** Tile of scores, then weights, (KEYS, QUERIES). */
  private final float[] scores = new float[KEYS * QUERIES];

  /**
   * Weighted sums of values, not yet divided by the sums of weights, (V / PANEL, QUERIES, PANEL).
   */
  private final float[] sums;

  /**
   * Online softmax of each query: largest score, sum of weights, factor that rescales earlier sums.
   */
  private final float[] max = new float[QUERIES];

  private final float[] total = new float[QUERIES];
  private final float[] factors = new float[QUERIES];

  AttentionForward(int headDim, int valueDim) {
    int panelled = (valueDim + PANEL - 1) / PANEL * PANEL;
    block = new QueryBlock(headDim);
    keys = new float[KEYS * headDim];
    values = new float[KEYS * panelled];
    row = new float[panelled];
    sums = new float[QUERIES * panelled];
  }

  /** Computes queries [from, to), at most QUERIES, of key-value head g of sequence b. */
  void run(AttentionCall call, Inputs x, Results y, int b, int g, int from, int to) {
    int E = call.sizes().headDim(), V = call.sizes().valueDim();
    block.load(call, x.q(), b, g, from, to);
    Arrays.fill(sums, 0);
    QueryBlock.startSoftmax(call, max, total, g, from);
    for (int tile = block.firstKey; tile < block.endKey; tile += KEYS) {
      int rows = Math.min(KEYS, block.endKey - tile);
      if (!block.enterTile(tile, tile + rows)) {
        continue;
      }
      for (int j = 0; j < rows; j++) {
        PageTile.load(keys, j * E, x.k(), b, tile + j, g, E);
        loadValue(j, x.v(), b, tile + j, g, V);
      }
      weigh(call, tile, rows);
      addValues(V);
    }
    store(call, y, b, g, from);
  }

  /** Packs head g of the value at position t of sequence b into row j of the tile. */
  private void loadValue(int j, KeyView v, int b, int t, int g, int V) {
    switch (v) {
      case HeadView dense ->
          TileCopy.loadPanels(
              values, j * PANEL, KEYS * PANEL, dense.memory(), dense.index(b, t, g, V), V, 1);
      case PageView _ -> {
        Arrays.fill(row, 0);
        PageTile.load(row, 0, v, b, t, g, V);
        for (int e = 0; e < V; e += PANEL) {
          System.arraycopy(row, e, values, e * KEYS + j * PANEL, PANEL);
        }
      }
    }
  }

  /** Computes the weights of the tile's keys, relative to the largest score so far. */
  private void weigh(AttentionCall call, int tile, int rows) {
    int E = call.sizes().headDim();
    float cap = (float) (call.scoring().softCap() * QueryBlock.LOG2_E);
    boolean drops = call.dropout().probability() > 0;
    for (int p = 0; p < block.panels; p++) {
      int low = block.low[p], high = block.high[p];
      if (low >= high) {
        Arrays.fill(factors, p * PANEL, (p + 1) * PANEL, 1);
      } else {
        for (int j = low / ROWS * ROWS; j < high; j += ROWS) {
          int to = j * QUERIES + p * PANEL, panel = p * E * PANEL;
          TileProduct.rows(keys, j * E, E, block.transposed, panel, scores, to, QUERIES, E);
        }
        if (cap != 0) {
          for (int n = p * PANEL; n < (p + 1) * PANEL; n += LANES) {
            SoftCap.apply(scores, n, low, high, cap);
          }
        }
        block.biasAndMask(scores, p, tile);
        for (int n = p * PANEL; n < (p + 1) * PANEL; n += LANES) {
          softmax(n, low, high);
          if (drops) {
            drop(n, low, high, tile);
          }
        }
      }
      block.clearUnseen(scores, p, rows);
    }
  }

  /** Online softmax: turns rows [low, high) of scores of queries [n, n + LANES) into weights. */
  private void softmax(int n, int low, int high) {
    FloatVector before = FloatVector.fromArray(FLOAT, max, n);
    FloatVector greatest = before;
    for (int j = low; j < high; j++) {
      FloatVector score = FloatVector.fromArray(FLOAT, scores, j * QUERIES + n);
      greatest = greatest.blend(score, score.compare(VectorOperators.GT, greatest));
    }
    greatest.intoArray(max, n);
    // A query that has seen no key yet has only masked scores: their weight is 2^(-inf - 0).
    FloatVector base =
        greatest.blend(0, greatest.compare(VectorOperators.EQ, Float.NEGATIVE_INFINITY));
    FloatVector factor = VectorMath.exp2(before.sub(base));
    factor.intoArray(factors, n);
    FloatVector sum = FloatVector.fromArray(FLOAT, total, n).mul(factor);
    for (int j = low; j < high; j++) {
      FloatVector weight =
          VectorMath.exp2(FloatVector.fromArray(FLOAT, scores, j * QUERIES + n).sub(base));
      weight.intoArray(scores, j * QUERIES + n);
      sum = sum.add(weight);
    }
    sum.intoArray(total, n);
  }

  private void drop(int n, int low, int high, int tile) {
    for (int j = low; j < high; j++) {
      FloatVector.fromArray(FLOAT, scores, j * QUERIES + n)
          .mul(block.keepFactor(n, tile + j))
          .intoArray(scores, j * QUERIES + n);
    }
  }

  private void addValues(int V) {
    for (int n = 0; n < block.count; n += COLUMNS) {
      int p = n / PANEL, last = Math.min((n + COLUMNS - 1) / PANEL, block.panels - 1);
      int low = Math.min(block.low[p], block.low[last]);
      int high = Math.max(block.high[p], block.high[last]);
      if (low < high) {
        int tileAt = low * QUERIES + n;
        for (int e = 0; e < V; e += PANEL) {
          int panel = e * KEYS + low * PANEL, to = e * QUERIES + n * PANEL;
          TileProduct.columns(scores, tileAt, values, panel, sums, to, factors, n, high - low);
        }
      }
    }
  }

  private void store(AttentionCall call, Results y, int b, int g, int firstQuery) {
    Sizes sizes = call.sizes();
    int V = sizes.valueDim(), H = sizes.numHeads(), T = sizes.seqLen();
    for (int n = 0; n < block.count; n++) {
      int r = firstQuery + n;
      int t = r / sizes.queriesPerKey(), h = g * sizes.queriesPerKey() + r % sizes.queriesPerKey();
      float factor = total[n] == 0 ? 0 : 1 / total[n];
      float lse = (float) (max[n] * Math.log(2) + Math.log(total[n]));
      y.logSumExp().setAtIndex(JAVA_FLOAT_UNALIGNED, ((long) b * H + h) * T + t, lse);
      long index = y.out().index(b, t, h, V);
      TileCopy.storePanels(y.out().memory(), index, sums, n * PANEL, QUERIES * PANEL, V, factor);
    }
  }
}
