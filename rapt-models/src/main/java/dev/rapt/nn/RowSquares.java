package dev.rapt.nn;

import dev.rapt.compute.KernelChoice;
import dev.rapt.kernel.ElementwiseKernel;
import dev.rapt.kernel.Workers;
import dev.rapt.kernel.Workspace;
import dev.rapt.quant.PackedWeight;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The sum of squares of the weights of each output of a linear layer, of which DoRA needs the root.
 * Read row by row, so that no f32 copy of the weight is made.
 */
final class RowSquares {
  private static final long TASK_ROWS = 64;

  private RowSquares() {}

  /** Returns the sums (N) of a weight of a linear layer. */
  static double[] of(Parameter weight) {
    PackedWeight packed = weight.packed();
    if (packed != null) {
      return ofRows(
          weight.outputSize(),
          weight.inputSize(),
          (row, out) -> packed.unpackRows(0, row, row + 1, DType.F32, out));
    }
    Tensor value = weight.stored();
    return weight.isInputMajor()
        ? ofColumns(value)
        : ofRows(value.dim(0), value.dim(1), (row, out) -> widen(value, row, out));
  }

  /** Writes a row in f32. */
  @FunctionalInterface
  private interface RowReader {
    void read(long row, MemorySegment out);
  }

  private static double[] ofRows(long rows, long cols, RowReader reader) {
    double[] sums = new double[Math.toIntExact(rows)];
    Workers.shared()
        .forRange(
            rows,
            TASK_ROWS,
            (from, to) -> {
              try (Workspace workspace = Workspace.enter()) {
                MemorySegment row = workspace.take(cols * Float.BYTES);
                for (long r = from; r < to; r++) {
                  reader.read(r, row);
                  sums[(int) r] = kernel().sumOfSquares(row, cols);
                }
              }
            });
    return sums;
  }

  private static double[] ofColumns(Tensor value) {
    long cols = value.dim(1);
    double[] sums = new double[Math.toIntExact(cols)];
    try (Workspace workspace = Workspace.enter()) {
      MemorySegment row = workspace.take(cols * Float.BYTES);
      for (long r = 0; r < value.dim(0); r++) {
        widen(value, r, row);
        for (int c = 0; c < sums.length; c++) {
          double weight = row.getAtIndex(ValueLayout.JAVA_FLOAT, c);
          sums[c] += weight * weight;
        }
      }
    }
    return sums;
  }

  private static void widen(Tensor value, long row, MemorySegment out) {
    long cols = value.dim(1);
    long size = cols * value.dtype().byteSize();
    kernel().convert(out, DType.F32, value.memory().asSlice(row * size, size), value.dtype(), cols);
  }

  private static ElementwiseKernel kernel() {
    return KernelChoice.kernels().elementwise();
  }
}
