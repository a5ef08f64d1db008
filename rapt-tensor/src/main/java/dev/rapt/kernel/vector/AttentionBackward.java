package dev.rapt.kernel.vector;

import static dev.rapt.kernel.vector.QueryBlock.KEYS;
import static dev.rapt.kernel.vector.QueryBlock.QUERIES;
import static dev.rapt.kernel.vector.TileProduct.COLUMNS;
import static dev.rapt.kernel.vector.TileProduct.PANEL;
import static dev.rapt.kernel.vector.TileProduct.ROWS;
import static dev.rapt.kernel.vector.VectorMath.FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;

import dev.rapt.kernel.AttentionKernel.Call;
import dev.rapt.kernel.HeadView;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;

/**
 * Gradients of attention for a rectangle of queries and keys of one key-value head, block of
 * queries by block, key tile by key tile: FlashAttention-2 (arXiv:2307.08691), algorithm 2 with the
 * loops exchanged, since a block of queries is dearer to pack than a tile of keys. Weights are
 * computed again from logSumExp. Holds the tiles, which one thread uses again and again; their size
 * depends on the head's width alone.
 */
final class AttentionBackward {
  /** What is given, and what is written. */
  record Operands(
      HeadView dQ,
      HeadView dK,
      HeadView dV,
      HeadView dOut,
      HeadView out,
      MemorySegment logSumExp,
      HeadView q,
      HeadView k,
      HeadView v) {}

  private static final int LANES = FLOAT.length();

  private final QueryBlock block;

  /** (KEYS, E); keys also in panels (E / PANEL, KEYS, PANEL). */
  private final float[] keys, values, keyPanels;

  /** (E / PANEL, QUERIES, PANEL): scaled queries, gradients of out, gradients of queries. */
  private final float[] queryPanels, dOutPanels, dQueries;

  /** (QUERIES / PANEL, E, PANEL): gradients of out. */
  private final float[] dOutTransposed;

  /** (KEYS, QUERIES): scores, then weights after dropout; gradients of weights, then of scores. */
  private final float[] weights = new float[KEYS * QUERIES];

  private final float[] dScores = new float[KEYS * QUERIES];

  /** (ROWS, E up to a whole panel): gradients of a few keys or values. */
  private final float[] dRows;

  /** Of each query: log-sum-exp in base 2; sum over e of dOut out. */
  private final float[] logSums = new float[QUERIES];

  private final float[] deltas = new float[QUERIES];
  private final float[] ones = new float[QUERIES];
  private final float[] dOutRow, outRow;

  AttentionBackward(int headDim) {
    int panelled = (headDim + PANEL - 1) / PANEL * PANEL;
    block = new QueryBlock(headDim);
    keys = new float[KEYS * headDim];
    values = new float[KEYS * headDim];
    keyPanels = new float[KEYS * panelled];
    queryPanels = new float[QUERIES * panelled];
    dOutPanels = new float[QUERIES * panelled];
    dQueries = new float[QUERIES * panelled];
    dOutTransposed = new float[QUERIES * headDim];
    dRows = new float[ROWS * panelled];
    dOutRow = new float[headDim];
    outRow = new float[headDim];
    Arrays.fill(ones, 1);
  }

  /**
   * Gradients that queries [fromQuery, toQuery) and keys [fromKey, toKey) of key-value head g of
   * sequence b give each other.
   *
   * @param wantQueries whether to write dQ of these queries; then the keys must be all
   * @param wantKeys whether to write dK and dV of these keys; then the queries must be all
   */
  void run(
      Call call,
      Operands x,
      int b,
      int g,
      int fromQuery,
      int toQuery,
      int fromKey,
      int toKey,
      boolean wantQueries,
      boolean wantKeys) {
    int E = call.headDim();
    if (wantKeys) {
      for (int j = fromKey; j < toKey; j++) {
        x.dK.memory().asSlice(4 * x.dK.index(b, j, g, E), 4L * E).fill((byte) 0);
        x.dV.memory().asSlice(4 * x.dV.index(b, j, g, E), 4L * E).fill((byte) 0);
      }
    }
    for (int from = fromQuery; from < toQuery; from += QUERIES) {
      block.load(call, x.q, b, g, from, Math.min(from + QUERIES, toQuery));
      int endKey = Math.min(block.endKey, toKey);
      int firstKey = Math.max(block.firstKey, fromKey);
      if (firstKey < endKey) {
        loadBlock(call, x, b, g, from, wantKeys);
      }
      Arrays.fill(dQueries, 0);
      for (int tile = firstKey; tile < endKey; tile += KEYS) {
        int rows = Math.min(KEYS, endKey - tile);
        if (!block.enterTile(tile, tile + rows)) {
          continue;
        }
        loadTile(x, b, g, tile, rows, E, wantQueries);
        weigh(call, tile, rows);
        if (wantKeys) {
          for (int j = 0; j < rows; j += ROWS) {
            addToKeys(x, b, g, tile, j, Math.min(ROWS, rows - j), E);
          }
        }
        if (wantQueries) {
          addToQueries(E);
        }
      }
      if (wantQueries) {
        storeQueries(call, x, b, g, from);
      }
    }
  }

  private void loadBlock(Call call, Operands x, int b, int g, int firstQuery, boolean wantKeys) {
    int E = call.headDim(), H = call.numHeads(), T = call.seqLen();
    int queriesPerKey = H / call.numKvHeads();
    for (int n = 0; n < block.panels * PANEL; n++) {
      int r = firstQuery + Math.min(n, block.count - 1);
      int t = r / queriesPerKey, h = g * queriesPerKey + r % queriesPerKey;
      int transposed = n / PANEL * E * PANEL + n % PANEL;
      float lse = x.logSumExp.getAtIndex(JAVA_FLOAT_UNALIGNED, ((long) b * H + h) * T + t);
      // All scores of a query that sees no key are masked: any finite number gives them weight 0.
      logSums[n] = lse == Float.NEGATIVE_INFINITY ? 0 : (float) (lse * (1 / Math.log(2)));
      if (n < block.count) {
        long dOutIndex = x.dOut.index(b, t, h, E);
        TileCopy.load(dOutRow, 0, x.dOut.memory(), dOutIndex, E);
        TileCopy.load(outRow, 0, x.out.memory(), x.out.index(b, t, h, E), E);
        deltas[n] = TileCopy.dot(dOutRow, outRow, E);
        TileCopy.transpose(dOutTransposed, transposed, dOutRow, E, 1);
        if (wantKeys) {
          int to = n * PANEL, stride = QUERIES * PANEL;
          TileCopy.loadPanels(dOutPanels, to, stride, x.dOut.memory(), dOutIndex, E, 1);
          long index = x.q.index(b, t, h, E);
          TileCopy.loadPanels(queryPanels, to, stride, x.q.memory(), index, E, call.scale());
        }
      } else {
        deltas[n] = 0;
        TileCopy.transpose(dOutTransposed, transposed, dOutRow, E, 0);
      }
    }
  }

  private void loadTile(Operands x, int b, int g, int tile, int rows, int E, boolean wantQueries) {
    for (int j = 0; j < rows; j++) {
      long key = x.k.index(b, tile + j, g, E);
      TileCopy.load(keys, j * E, x.k.memory(), key, E);
      TileCopy.load(values, j * E, x.v.memory(), x.v.index(b, tile + j, g, E), E);
      if (wantQueries) {
        TileCopy.loadPanels(keyPanels, j * PANEL, KEYS * PANEL, x.k.memory(), key, E, 1);
      }
    }
  }

  /** Weights of the tile's keys and gradients of their scores. */
  private void weigh(Call call, int tile, int rows) {
    int E = call.headDim();
    for (int p = 0; p < block.panels; p++) {
      int low = block.low[p], high = block.high[p];
      if (low < high) {
        for (int j = low / ROWS * ROWS; j < high; j += ROWS) {
          int to = j * QUERIES + p * PANEL, panel = p * E * PANEL;
          TileProduct.rows(keys, j * E, E, block.transposed, panel, weights, to, QUERIES, E);
          TileProduct.rows(values, j * E, E, dOutTransposed, panel, dScores, to, QUERIES, E);
        }
        block.biasAndMask(weights, p, tile);
        for (int n = p * PANEL; n < (p + 1) * PANEL; n += LANES) {
          if (call.dropout() > 0) {
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

  /** Adds to dK and dV of rows [j, j + ROWS) of the tile, of which the first count are keys. */
  private void addToKeys(Operands x, int b, int g, int tile, int j, int count, int E) {
    int first = block.panels, end = 0;
    for (int p = 0; p < block.panels; p++) {
      if (block.low[p] < j + count && block.high[p] > j) {
        first = Math.min(first, p);
        end = p + 1;
      }
    }
    if (first >= end) {
      return;
    }
    int n = first * PANEL, depth = Math.min(end * PANEL, block.count) - n;
    int stride = (E + PANEL - 1) / PANEL * PANEL, tileAt = j * QUERIES + n;
    for (int e = 0; e < E; e += PANEL) {
      int panel = e * QUERIES + n * PANEL;
      TileProduct.rows(weights, tileAt, QUERIES, dOutPanels, panel, dRows, e, stride, depth);
    }
    for (int i = 0; i < count; i++) {
      TileCopy.add(x.dV.memory(), x.dV.index(b, tile + j + i, g, E), dRows, i * stride, E);
    }
    for (int e = 0; e < E; e += PANEL) {
      int panel = e * QUERIES + n * PANEL;
      TileProduct.rows(dScores, tileAt, QUERIES, queryPanels, panel, dRows, e, stride, depth);
    }
    for (int i = 0; i < count; i++) {
      TileCopy.add(x.dK.memory(), x.dK.index(b, tile + j + i, g, E), dRows, i * stride, E);
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

  private void storeQueries(Call call, Operands x, int b, int g, int firstQuery) {
    int E = call.headDim();
    int queriesPerKey = call.numHeads() / call.numKvHeads();
    for (int n = 0; n < block.count; n++) {
      int r = firstQuery + n;
      int t = r / queriesPerKey, h = g * queriesPerKey + r % queriesPerKey;
      long index = x.dQ.index(b, t, h, E);
      TileCopy.storePanels(
          x.dQ.memory(), index, dQueries, n * PANEL, QUERIES * PANEL, E, call.scale());
    }
  }
}
