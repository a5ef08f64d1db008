package dev.rapt.autograd;

import dev.rapt.compute.rows.Spans;
import dev.rapt.kernel.Workers;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import java.util.Arrays;

/** Embedding lookup: out[i, :] = table[ids[i], :]. */
record EmbeddingOp(Tensor table, Tensor ids, int fixedId) implements Op {
  /** Columns of the table for each task of the backward pass: two cache lines of f32. */
  private static final long BACKWARD_COLS = 32;

  static Tensor apply(Tensor table, Tensor ids, DType type, int fixedId) {
    long V = table.dim(0);
    long D = table.dim(1);
    long[] idDims = ids.shape().toArray();
    long[] dims = Arrays.copyOf(idDims, idDims.length + 1);
    dims[idDims.length] = D;
    requireInRange(ids, V);
    Tensor out = Scope.innermost(table, ids).empty(type, dims);
    Workers.shared()
        .forRange(
            ids.numElements(),
            Math.max(1, 16384 / Math.max(1, D)),
            (from, to) -> {
              for (long i = from; i < to; i++) {
                Spans.copy(out, i * D, table, ids.getInt(i) * D, D);
              }
            });
    return Tape.record(new EmbeddingOp(table, ids, fixedId), out, table);
  }

  private static void requireInRange(Tensor ids, long size) {
    ids.requireType(DType.I32);
    for (long i = 0; i < ids.numElements(); i++) {
      int id = ids.getInt(i);
      if (id < 0 || id >= size) {
        throw new IllegalArgumentException(
            "embedding: ids must be in [0, %d), got %d at index %d".formatted(size, id, i));
      }
    }
  }

  /**
   * Each task sums its own columns, so repeated ids are added without locks and in a fixed order.
   */
  @Override
  public void backward(Tensor dOut, Backward gradients) {
    Tensor dTable = gradients.zeroedSlot(table);
    long D = table.dim(1);
    int tasks = (int) ((D + BACKWARD_COLS - 1) / BACKWARD_COLS);
    Workers.shared()
        .run(
            tasks,
            task -> {
              long from = task * BACKWARD_COLS;
              long n = Math.min(BACKWARD_COLS, D - from);
              for (long i = 0; i < ids.numElements(); i++) {
                int id = ids.getInt(i);
                if (id != fixedId) {
                  Spans.add(dTable, id * D + from, dOut, i * D + from, n);
                }
              }
            });
  }
}
