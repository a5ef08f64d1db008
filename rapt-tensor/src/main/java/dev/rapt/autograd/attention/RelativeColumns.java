package dev.rapt.autograd.attention;

import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import java.util.function.IntUnaryOperator;

/**
 * Mapping from the distance j - i of key j and query i to a table column, such as clipped distances
 * or the buckets of T5. One instance serves all layers and all lengths up to those it was created
 * for.
 *
 * @param columns i32: the column of distance d is at index d + origin
 * @param origin index of distance 0
 */
public record RelativeColumns(Tensor columns, int origin) {
  /**
   * Creates the columns of all distances between T queries and S keys, where queries are the last T
   * of S positions: from 1 - S to T - 1.
   */
  public static RelativeColumns of(
      Scope scope, int seqLen, int totalLen, IntUnaryOperator columnOfDistance) {
    int[] columns = new int[totalLen - 1 + seqLen];
    for (int n = 0; n < columns.length; n++) {
      columns[n] = columnOfDistance.applyAsInt(n - (totalLen - 1));
    }
    return new RelativeColumns(scope.ints(columns, columns.length), totalLen - 1);
  }

  void requireColumns(String name, int seqLen, int totalLen, long numColumns) {
    long first = origin - (totalLen - 1L), last = origin + (seqLen - 1L);
    if (first < 0 || last >= columns.numElements()) {
      throw new IllegalArgumentException(
          "attention: %s: columns must be given for distances %d to %d, got %d to %d"
              .formatted(
                  name, 1 - totalLen, seqLen - 1, -origin, columns.numElements() - 1 - origin));
    }
    for (long n = first; n <= last; n++) {
      int column = columns.getInt(n);
      if (column < 0 || column >= numColumns) {
        throw new IllegalArgumentException(
            "attention: %s: the column of distance %d must be one of %d, got %d"
                .formatted(name, n - origin, numColumns, column));
      }
    }
  }
}
