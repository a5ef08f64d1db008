package dev.rapt.compute.rows;

import dev.rapt.compute.KernelChoice;
import dev.rapt.kernel.ElementwiseKernel;
import dev.rapt.kernel.Workers;
import dev.rapt.kernel.Workspace;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * Sums over rows from partial sums that are reduced in a fixed order: ranges of rows are summed in
 * parallel, each into its own memory, and then added in order. The ranges depend only on the sizes,
 * so the result is the same in every bit on any number of threads.
 */
public final class Partials {
  private static final int MOST_RANGES = 64;
  private static final int RANGE_ELEMENTS = 16384;

  private static final ElementwiseKernel KERNEL = KernelChoice.kernels().elementwise();

  private Partials() {}

  /** Adds a block of rows to the partial sums of its range. */
  @FunctionalInterface
  public interface Work {
    void add(Rows.Block block, MemorySegment first, MemorySegment second);
  }

  /**
   * Adds to first and second the sums over rows.
   *
   * @param first (cols) f32, or null if that sum is not needed
   * @param second (cols) f32, or null if that sum is not needed
   */
  public static void sum(
      long rows,
      long cols,
      @Nullable MemorySegment first,
      @Nullable MemorySegment second,
      Work work) {
    int ranges = (int) Math.clamp(rows * cols / RANGE_ELEMENTS, 1, Math.min(MOST_RANGES, rows));
    long bytes = cols * Float.BYTES;
    try (Workspace workspace = Workspace.enter()) {
      MemorySegment firsts = workspace.takeZeroed(ranges * bytes);
      MemorySegment seconds = workspace.takeZeroed(ranges * bytes);
      Workers.shared()
          .run(
              ranges,
              i ->
                  Rows.runBlocks(
                      rows * i / ranges,
                      rows * (i + 1) / ranges,
                      cols,
                      block ->
                          work.add(
                              block,
                              firsts.asSlice(i * bytes, bytes),
                              seconds.asSlice(i * bytes, bytes))));
      if (first != null) {
        KERNEL.addColumnSums(first, firsts, ranges, cols);
      }
      if (second != null) {
        KERNEL.addColumnSums(second, seconds, ranges, cols);
      }
    }
  }
}
