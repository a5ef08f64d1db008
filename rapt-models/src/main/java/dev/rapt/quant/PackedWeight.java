package dev.rapt.quant;

import dev.rapt.compute.KernelChoice;
import dev.rapt.kernel.Workers;
import dev.rapt.kernel.Workspace;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Shape;
import dev.rapt.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/**
 * A quantised weight of a model, over mapped memory that it does not own: a matrix or a stack of
 * matrices.
 *
 * @param shape shape in the model: (N, K) or (X, N, K); if transposed, (K, N) or (X, K, N)
 * @param matrices (N, K) each
 * @param transposed whether the model's matrix is the transpose of the stored one
 */
public record PackedWeight(Shape shape, List<? extends PackedMatrix> matrices, boolean transposed) {
  private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT;

  /** Number of rows unpacked at once, which are adjacent columns of a transposed result. */
  private static final long STEP_ROWS = 32;

  /** Creates a weight; copies the list. */
  public PackedWeight {
    matrices = List.copyOf(matrices);
  }

  /** Returns the narrowest dtype of computation that represents every value exactly. */
  public DType exactType() {
    return matrices.getFirst().exactType();
  }

  /** Returns the number of bytes of the packed form. */
  public long byteSize() {
    return matrices.stream().mapToLong(PackedMatrix::byteSize).sum();
  }

  /** Returns whether a linear layer unpacks it at each use, also outside training. */
  public boolean staysPacked() {
    return matrices.getFirst().staysPacked();
  }

  /**
   * Unpacks rows [from, to) of one of the matrices.
   *
   * @param type f32 or bf16
   * @param out (to - from, K), row-major, written
   */
  public void unpackRows(int matrix, long from, long to, DType type, MemorySegment out) {
    matrices.get(matrix).write(from, to, type, out);
  }

  /** Unpacks the whole weight, on all worker threads, to a tensor of this scope. */
  public Tensor unpack(Scope scope, DType type) {
    Tensor out = scope.empty(type, shape);
    long size = matrices.getFirst().rows() * matrices.getFirst().cols() * type.byteSize();
    for (int i = 0; i < matrices.size(); i++) {
      write(matrices.get(i), out.memory().asSlice(i * size, size), type);
    }
    return out;
  }

  private void write(PackedMatrix matrix, MemorySegment target, DType type) {
    long rows = matrix.rows();
    Workers.shared()
        .forRange(
            Math.ceilDiv(rows, STEP_ROWS),
            1,
            (first, last) -> {
              for (long step = first; step < last; step++) {
                long from = step * STEP_ROWS;
                writeRows(matrix, from, Math.min(rows, from + STEP_ROWS), target, type);
              }
            });
  }

  /** Writes rows [from, to) of the matrix as rows or, transposed, as columns of the target. */
  private void writeRows(
      PackedMatrix matrix, long from, long to, MemorySegment target, DType type) {
    long cols = matrix.cols();
    long n = to - from;
    try (Workspace workspace = Workspace.enter()) {
      MemorySegment floats = workspace.take(Float.BYTES * n * cols);
      matrix.unpack(from, to, floats);
      if (!transposed) {
        convert(target, from * cols, type, floats, n * cols);
        return;
      }
      MemorySegment column = workspace.take(Float.BYTES * n);
      for (long c = 0; c < cols; c++) {
        for (long r = 0; r < n; r++) {
          column.setAtIndex(FLOAT, r, floats.getAtIndex(FLOAT, r * cols + c));
        }
        convert(target, c * matrix.rows() + from, type, column, n);
      }
    }
  }

  private static void convert(
      MemorySegment out, long at, DType type, MemorySegment floats, long n) {
    int size = type.byteSize();
    KernelChoice.kernels()
        .elementwise()
        .convert(out.asSlice(at * size, n * size), type, floats, DType.F32, n);
  }
}
