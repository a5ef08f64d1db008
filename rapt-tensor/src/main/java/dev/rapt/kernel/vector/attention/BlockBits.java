package dev.rapt.kernel.vector.attention;

import static dev.rapt.kernel.vector.attention.QueryBlock.QUERIES;
import static dev.rapt.kernel.vector.attention.TileProduct.PANEL;
import static dev.rapt.kernel.vector.math.VectorMath.FLOAT;
import static dev.rapt.kernel.vector.math.VectorMath.INT;

import dev.rapt.kernel.AttentionCall;
import dev.rapt.kernel.AttentionCall.KeyBits;
import dev.rapt.kernel.AttentionCall.Sizes;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Sparse mask of a tile of at most 64 keys for a block of queries: a 64-bit word for each query,
 * whose halves are stored in lanes of vectors.
 */
final class BlockBits {
  private static final int NEGATIVE_INFINITY = Float.floatToRawIntBits(Float.NEGATIVE_INFINITY);

  private final long[] rows = new long[QUERIES];
  private final int[] low = new int[QUERIES], high = new int[QUERIES];

  /** Selects queries [from, from + count) of key-value head g of sequence b. */
  void load(AttentionCall call, KeyBits bits, int b, int g, int from, int count) {
    Sizes sizes = call.sizes();
    int queriesPerKey = sizes.queriesPerKey();
    for (int n = 0; n < QUERIES; n++) {
      int r = from + Math.min(n, count - 1);
      rows[n] = bits.row(sizes, b, g * queriesPerKey + r % queriesPerKey, r / queriesPerKey);
    }
  }

  /** Reads the bits of panel p for keys [from, to), and returns those that any query sees. */
  long enterTile(KeyBits bits, int p, int from, int to) {
    long any = 0;
    for (int n = p * PANEL; n < (p + 1) * PANEL; n++) {
      long word = bits.get(rows[n], from, to);
      low[n] = (int) word;
      high[n] = (int) (word >>> 32);
      any |= word;
    }
    return any;
  }

  /** Sets scores of rows [from, to) and columns [n, n + LANES) whose bit is 0 to -infinity. */
  void mask(float[] scores, int n, int from, int to) {
    mask(scores, IntVector.fromArray(INT, low, n), n, from, Math.min(to, 32), 0);
    mask(scores, IntVector.fromArray(INT, high, n), n, Math.max(from, 32), to, 32);
  }

  private static void mask(float[] scores, IntVector words, int n, int from, int to, int first) {
    for (int j = from; j < to; j++) {
      int at = j * QUERIES + n;
      IntVector bit = words.lanewise(VectorOperators.AND, 1 << (j - first));
      FloatVector.fromArray(FLOAT, scores, at)
          .reinterpretAsInts()
          .blend(NEGATIVE_INFINITY, bit.compare(VectorOperators.EQ, 0))
          .reinterpretAsFloats()
          .intoArray(scores, at);
    }
  }
}
