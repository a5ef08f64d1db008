package dev.rapt.autograd.attention;

import dev.rapt.kernel.AttentionCall.RelativeTerm;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.Tensor;

/**
 * Relative position bias: column {@code columns(j - i)} of the row of query i, or of key j, is
 * added to the attention score of the two, after the dot product is scaled. Only the table takes
 * memory.
 *
 * @param table (1 or B, H, rows, N): a row for each of T queries or S keys, or one row for all
 * @param columns maps a distance to one of the N columns
 */
public record RelativeScores(Tensor table, RelativeColumns columns) {
  void requireFitting(
      String name, int batchSize, int numHeads, int rows, int seqLen, int totalLen) {
    boolean fits =
        table.shape().rank() == 4
            && (table.dim(0) == 1 || table.dim(0) == batchSize)
            && table.dim(1) == numHeads
            && (table.dim(2) == 1 || table.dim(2) == rows);
    if (!fits) {
      throw new IllegalArgumentException(
          "attention: %s: the table must be (1 or %d, %d, 1 or %d, columns), got %s"
              .formatted(name, batchSize, numHeads, rows, table.shape()));
    }
    columns.requireColumns(name, seqLen, totalLen, table.dim(3));
  }

  /** Returns the term that kernels take, given the values of the table in f32. */
  public RelativeTerm term(Tensor wide) {
    wide.requireType(DType.F32);
    return new RelativeTerm(
        wide.memory(),
        wide.dim(0) == 1 ? 0 : wide.dim(1) * wide.dim(2) * wide.dim(3),
        Math.toIntExact(wide.dim(2)),
        Math.toIntExact(wide.dim(3)),
        columns.columns().memory(),
        columns.origin());
  }
}
