package dev.rapt.compute.rows;

import dev.rapt.compute.KernelChoice;
import dev.rapt.kernel.ElementwiseKernel;
import dev.rapt.kernel.Workers;
import dev.rapt.kernel.Workspace;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.Tensor;
import java.lang.foreign.MemorySegment;

/**
 * Operations on spans, that is, consecutive elements of tensors of any float type, and on ranges of
 * columns.
 */
public final class Spans {
  private static final ElementwiseKernel KERNEL = KernelChoice.kernels().elementwise();

  /** Smallest number of elements per task: for fewer, another thread costs more than it saves. */
  private static final long PARALLEL_GRAIN = 16384;

  private Spans() {}

  /** Elements [from, from + n) of a tensor. */
  public static MemorySegment of(Tensor x, long from, long n) {
    return x.memory().asSlice(from * x.dtype().byteSize(), n * x.dtype().byteSize());
  }

  /** out[at + i] = x[from + i] for i below n. */
  public static void copy(Tensor out, long at, Tensor x, long from, long n) {
    MemorySegment target = of(out, at, n);
    MemorySegment source = of(x, from, n);
    if (out.dtype() == x.dtype()) {
      target.copyFrom(source);
    } else {
      KERNEL.convert(target, out.dtype(), source, x.dtype(), n);
    }
  }

  /** sums[at + i] += x[from + i] for i below n. */
  public static void add(Tensor sums, long at, Tensor x, long from, long n) {
    MemorySegment target = of(sums, at, n);
    MemorySegment source = of(x, from, n);
    if (x.dtype() == DType.F32 && sums.dtype() == DType.F32) {
      KERNEL.add(target, target, source, n);
      return;
    }
    try (Workspace workspace = Workspace.enter()) {
      MemorySegment sum = floats(workspace, target, sums.dtype(), n);
      KERNEL.add(sum, sum, floats(workspace, source, x.dtype(), n), n);
      if (sums.dtype() != DType.F32) {
        KERNEL.convert(target, sums.dtype(), sum, DType.F32, n);
      }
    }
  }

  /**
   * Returns elements [from, from + n) as f32: the memory of the tensor itself, or converted values.
   */
  public static MemorySegment floats(Workspace workspace, Tensor x, long from, long n) {
    return floats(workspace, of(x, from, n), x.dtype(), n);
  }

  /** out[at + i] = floats[i] for i below n. */
  public static void store(Tensor out, long at, MemorySegment floats, long n) {
    MemorySegment target = of(out, at, n);
    if (out.dtype() == DType.F32) {
      target.copyFrom(floats);
    } else {
      KERNEL.convert(target, out.dtype(), floats, DType.F32, n);
    }
  }

  private static MemorySegment floats(Workspace workspace, MemorySegment x, DType dtype, long n) {
    if (dtype == DType.F32) {
      return x;
    }
    MemorySegment floats = workspace.take(n * Float.BYTES);
    KERNEL.convert(floats, DType.F32, x, dtype, n);
    return floats;
  }

  /** An operation on a span of the first tensor with a span of the second. */
  @FunctionalInterface
  public interface Action {
    void apply(Tensor out, long at, Tensor x, long from, long n);
  }

  /**
   * Copies or adds {@code count} columns of every row.
   *
   * @param at first column of out
   * @param from first column of x, which has as many rows
   */
  public static void columns(Action action, Tensor out, long at, Tensor x, long from, long count) {
    long outCols = out.lastDim();
    long xCols = x.lastDim();
    forEach(
        x.numRows(), count, r -> action.apply(out, r * outCols + at, x, r * xCols + from, count));
  }

  /** Work on one row. */
  @FunctionalInterface
  public interface RowTask {
    void run(long row);
  }

  /** Runs a task for each of rows [0, rows), where a row is about {@code cols} elements of work. */
  public static void forEach(long rows, long cols, RowTask task) {
    Workers.shared()
        .forRange(
            rows,
            Math.max(1, PARALLEL_GRAIN / Math.max(1, cols)),
            (from, to) -> {
              for (long r = from; r < to; r++) {
                task.run(r);
              }
            });
  }
}
