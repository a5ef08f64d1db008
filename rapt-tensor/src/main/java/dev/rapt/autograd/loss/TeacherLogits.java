package dev.rapt.autograd.loss;

import dev.rapt.autograd.Casts;
import dev.rapt.compute.Matmul;
import dev.rapt.compute.rows.SoftCap;
import dev.rapt.kernel.Matrix;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import java.lang.foreign.MemorySegment;

/** The logits (rows, V) of a teacher, which are given or computed chunk by chunk. */
interface TeacherLogits {
  long numRows();

  long numClasses();

  /** Prepares the rows [from, to), on one thread, before they are read. */
  default void prepare(long from, long to) {}

  /** Copies one of the prepared rows to out (V) f32. */
  void copyRow(MemorySegment out, long row);

  /** Returns logits that are given. */
  static TeacherLogits of(Tensor logits) {
    return new Given(Casts.toFloat(logits.scope(), logits));
  }

  /** Logits as a tensor. */
  record Given(Tensor logits) implements TeacherLogits {
    @Override
    public long numRows() {
      return logits.numRows();
    }

    @Override
    public long numClasses() {
      return logits.lastDim();
    }

    @Override
    public void copyRow(MemorySegment out, long row) {
      long bytes = numClasses() * Float.BYTES;
      MemorySegment.copy(logits.memory(), row * bytes, out, 0, bytes);
    }
  }

  /** Logits of a head, of which one chunk exists at a time. */
  final class OfHead implements TeacherLogits, AutoCloseable {
    private final Tensor x;
    private final LinearHead head;
    private final Tensor chunk;
    private long first;

    /** Prepares chunks of at most this many rows of logits of x (..., D), in this scope. */
    OfHead(Scope scope, Tensor x, LinearHead head, long chunkRows) {
      this.x = x;
      this.head = head;
      this.chunk = scope.empty(DType.F32, Math.min(chunkRows, x.numRows()), numClasses());
    }

    @Override
    public long numRows() {
      return x.numRows();
    }

    @Override
    public long numClasses() {
      return head.weight().dim(0);
    }

    @Override
    public void prepare(long from, long to) {
      first = from;
      Matrix rows = Matrix.of(x.memory(), x.dtype(), x.numRows(), x.lastDim()).rows(from, to);
      Matrix logits = Matrix.of(chunk.memory(), DType.F32, chunk.numRows(), chunk.lastDim());
      Matmul.multiply(
          rows, head.matrix().transposed(), head.biasMemory(), logits.rows(0, to - from), false);
    }

    @Override
    public void copyRow(MemorySegment out, long row) {
      long V = numClasses();
      long bytes = V * Float.BYTES;
      MemorySegment.copy(chunk.memory(), (row - first) * bytes, out, 0, bytes);
      head.scale(out, V);
      if (head.softCap() != 0) {
        SoftCap.value(out, out, head.softCap(), V);
      }
    }

    @Override
    public void close() {
      chunk.scope().release(chunk);
    }
  }
}
