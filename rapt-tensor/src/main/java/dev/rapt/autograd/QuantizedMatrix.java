package dev.rapt.autograd;

import dev.rapt.compute.Matmul;
import dev.rapt.kernel.Matrix;
import dev.rapt.kernel.Workspace;
import dev.rapt.tensor.DType;
import java.lang.foreign.MemorySegment;

/**
 * Quantised weight of a linear layer, unpacked at each use and not kept in unpacked form. No
 * gradients flow to it.
 *
 * @param outputSize N
 * @param inputSize K
 */
public record QuantizedMatrix(long outputSize, long inputSize, Rows rows) {
  /** The rows of a quantised matrix; any number of threads may use them at once. */
  @FunctionalInterface
  public interface Rows {
    /** Rows that are unpacked at a time to be multiplied: they stay in the cache. */
    long CACHED_ROWS = 8;

    /**
     * Writes rows [from, to) of the matrix (N, K).
     *
     * @param type f32 or bf16
     * @param out (to - from, K), row-major, written
     */
    void write(long from, long to, DType type, MemorySegment out);

    /** Returns the number of rows of x up to which {@link #multiply} beats unpacked panels. */
    default long fewRows() {
      return 4;
    }

    /**
     * Multiplies few rows by the transpose of rows [from, to) of the matrix, on the calling thread.
     *
     * @param x (M, K) f32, row-major
     * @param out (M, to - from) f32, row-major, written
     */
    default void multiply(Matrix x, long from, long to, Matrix out) {
      long rowBytes = Float.BYTES * x.cols();
      try (Workspace workspace = Workspace.enter()) {
        MemorySegment memory = workspace.take(Math.min(CACHED_ROWS, to - from) * rowBytes);
        for (long first = from; first < to; first += CACHED_ROWS) {
          long end = Math.min(to, first + CACHED_ROWS);
          write(first, end, DType.F32, memory);
          Matrix w = Matrix.of(memory, DType.F32, end - first, x.cols());
          Matmul.multiplyPart(x, w.transposed(), null, out.cols(first - from, end - from));
        }
      }
    }
  }
}
