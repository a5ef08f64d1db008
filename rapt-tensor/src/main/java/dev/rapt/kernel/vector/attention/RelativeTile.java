package dev.rapt.kernel.vector.attention;

import static dev.rapt.kernel.vector.attention.QueryBlock.KEYS;
import static dev.rapt.kernel.vector.attention.QueryBlock.LOG2_E;
import static dev.rapt.kernel.vector.attention.QueryBlock.QUERIES;
import static dev.rapt.kernel.vector.attention.TileProduct.PANEL;
import static dev.rapt.kernel.vector.math.VectorMath.FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;

import dev.rapt.kernel.AttentionCall.RelativeTerm;
import dev.rapt.kernel.AttentionCall.Sizes;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;

/**
 * Relative position bias over a tile of scores (KEYS, QUERIES). The distance, and so the table
 * column, is constant along each diagonal of the tile: a strip of KEYS + QUERIES columns describes
 * the tile. If the table has one row shared by all, the values are constant along diagonals, too;
 * they are added, and their gradients are summed, a vector of the strip at a time.
 */
final class RelativeTile {
  private static final int LANES = FLOAT.length();

  /** Largest number of distances in a tile. */
  private static final int STRIP = KEYS + QUERIES;

  private final RelativeTerm term;
  private final boolean byKey;
  private final Sizes sizes;
  private final int b, g, count, queriesPerKey, fromQuery;

  /** For each query: its position relative to the first query of the block. */
  private final int[] offsets = new int[QUERIES];

  /**
   * For each query: its row in the table and in the gradient; for a bias by key, the row of key 0.
   */
  private final long[] tableRows = new long[QUERIES], gradientRows = new long[QUERIES];

  /** Elements from the row of one key to the next; 0 for a bias by query. */
  private final long keyStep;

  private final int firstPosition;

  /** Table columns of the tile's distances, the largest distance first. */
  private final int[] columns = new int[STRIP];

  /**
   * Values of these columns for each head of the group, and sums of their gradients, (R, STRIP).
   */
  private final float[] strips;

  private int tile, rows, length;

  /** Creates the bias for queries [from, from + count) of key-value head g of sequence b. */
  RelativeTile(RelativeTerm term, boolean byKey, Sizes sizes, int b, int g, int from, int count) {
    this.term = term;
    this.byKey = byKey;
    this.sizes = sizes;
    this.b = b;
    this.g = g;
    this.count = count;
    queriesPerKey = sizes.queriesPerKey();
    fromQuery = from;
    firstPosition = sizes.position(from / queriesPerKey);
    for (int n = 0; n < count; n++) {
      int t = (from + n) / queriesPerKey, h = g * queriesPerKey + (from + n) % queriesPerKey;
      offsets[n] = sizes.position(t) - firstPosition;
      tableRows[n] = term.row(b, h, byKey ? 0 : t);
      gradientRows[n] = term.gradientRow(sizes, b, h, byKey ? 0 : t);
    }
    keyStep = byKey ? term.numColumns() : 0;
    strips = new float[term.isShared() ? queriesPerKey * STRIP : 0];
  }

  /** Zeros the gradient in the rows of keys [from, to), or in the shared rows. */
  static void clear(
      MemorySegment gradient, RelativeTerm term, Sizes sizes, int b, int g, int from, int to) {
    int queriesPerKey = sizes.queriesPerKey();
    for (int h = g * queriesPerKey; h < (g + 1) * queriesPerKey; h++) {
      long first = term.gradientRow(sizes, b, h, from);
      int numRows = term.isShared() ? 1 : to - from;
      gradient.asSlice(4 * first, 4L * numRows * term.numColumns()).fill((byte) 0);
    }
  }

  /** Zeros the gradient in the rows of these queries, each of which has its own row. */
  void clearQueries(MemorySegment gradient) {
    for (int n = 0; n < count; n++) {
      gradient.asSlice(4 * gradientRows[n], 4L * term.numColumns()).fill((byte) 0);
    }
  }

  boolean isShared() {
    return term.isShared();
  }

  /** Index in the strip of row 0 and column n of the tile; the index of row j is smaller by j. */
  private int place(int n) {
    return rows - 1 + offsets[n];
  }

  /** Moves to the tile of keys [from, from + numRows). */
  void enterTile(int from, int numRows) {
    tile = from;
    rows = numRows;
    length = rows + offsets[count - 1];
    int greatest = tile + rows - 1 - firstPosition;
    for (int u = 0; u < length; u++) {
      columns[u] = term.column(greatest - u);
    }
    for (int h = 0; h < strips.length / STRIP; h++) {
      long row = term.row(b, g * queriesPerKey + h, 0);
      for (int u = 0; u < length; u++) {
        strips[h * STRIP + u] = (float) (table(row + columns[u]) * LOG2_E);
      }
    }
  }

  private float table(long index) {
    return term.table().getAtIndex(JAVA_FLOAT_UNALIGNED, index);
  }

  /** Adds the bias, in base 2, to rows [from, to) of panel p. */
  void add(float[] scores, int p, int from, int to) {
    int first = p * PANEL, end = Math.min(count, first + PANEL);
    if (term.isShared() && queriesPerKey == 1) {
      for (int n = first; n < first + PANEL; n += LANES) {
        for (int j = from; j < to; j++) {
          int at = j * QUERIES + n;
          FloatVector.fromArray(FLOAT, scores, at)
              .add(FloatVector.fromArray(FLOAT, strips, rows - 1 + n - j))
              .intoArray(scores, at);
        }
      }
    } else if (term.isShared()) {
      for (int n = first; n < end; n++) {
        int u = (fromQuery + n) % queriesPerKey * STRIP + place(n);
        for (int j = from; j < to; j++) {
          scores[j * QUERIES + n] += strips[u - j];
        }
      }
    } else if (byKey) {
      for (int j = from; j < to; j++) {
        long step = (tile + j) * keyStep;
        for (int n = first; n < end; n++) {
          long index = tableRows[n] + step + columns[place(n) - j];
          scores[j * QUERIES + n] += (float) (table(index) * LOG2_E);
        }
      }
    } else {
      for (int n = first; n < end; n++) {
        int u = place(n);
        long row = tableRows[n];
        for (int j = from; j < to; j++) {
          scores[j * QUERIES + n] += (float) (table(row + columns[u - j]) * LOG2_E);
        }
      }
    }
  }

  /**
   * Adds gradients of scores to the gradient of the table.
   *
   * @param dScores gradients of the scores; 0 where the query does not see the key
   * @param low first row of each panel that can be nonzero
   * @param high one past the last
   */
  void addGradients(MemorySegment gradient, float[] dScores, int[] low, int[] high) {
    if (!term.isShared()) {
      for (int n = 0; n < count; n++) {
        int u = place(n);
        long row = gradientRows[n] + tile * keyStep;
        for (int j = low[n / PANEL]; j < high[n / PANEL]; j++) {
          add(gradient, row + j * keyStep + columns[u - j], dScores[j * QUERIES + n]);
        }
      }
      return;
    }
    Arrays.fill(strips, 0);
    if (queriesPerKey == 1) {
      sumDiagonals(dScores);
    } else {
      for (int n = 0; n < count; n++) {
        int u = (fromQuery + n) % queriesPerKey * STRIP + place(n);
        for (int j = low[n / PANEL]; j < high[n / PANEL]; j++) {
          strips[u - j] += dScores[j * QUERIES + n];
        }
      }
    }
    for (int h = 0; h < queriesPerKey; h++) {
      long row = term.gradientRow(sizes, b, g * queriesPerKey + h, 0);
      for (int u = 0; u < length; u++) {
        add(gradient, row + columns[u], strips[h * STRIP + u]);
      }
    }
  }

  private static void add(MemorySegment gradient, long index, float d) {
    float sum = gradient.getAtIndex(JAVA_FLOAT_UNALIGNED, index) + d;
    gradient.setAtIndex(JAVA_FLOAT_UNALIGNED, index, sum);
  }

  /**
   * strips[u] = sum over rows j of dScores[j, n], n = u - (rows - 1) + j, 0 <= n < count. Gradients
   * of unseen keys are 0.
   */
  private void sumDiagonals(float[] dScores) {
    int u = 0;
    // whole vectors where all diagonals are inside the tile, single elements at both ends
    for (; u < Math.min(rows - 1, length); u++) {
      strips[u] = diagonal(dScores, u);
    }
    for (; u + LANES <= count; u += LANES) {
      FloatVector sum = FloatVector.zero(FLOAT);
      for (int j = 0; j < rows; j++) {
        sum = sum.add(FloatVector.fromArray(FLOAT, dScores, j * QUERIES + u - (rows - 1) + j));
      }
      sum.intoArray(strips, u);
    }
    for (; u < length; u++) {
      strips[u] = diagonal(dScores, u);
    }
  }

  private float diagonal(float[] dScores, int u) {
    int first = u - (rows - 1); // column in row 0
    float sum = 0;
    for (int j = Math.max(0, -first); j < Math.min(rows, count - first); j++) {
      sum += dScores[j * QUERIES + first + j];
    }
    return sum;
  }
}
