package dev.rapt.compute.rows;

import dev.rapt.compute.KernelChoice;
import dev.rapt.kernel.Workers;
import dev.rapt.kernel.Workspace;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.Tensor;
import java.lang.foreign.MemorySegment;

/**
 * Runs row-wise kernels over tensors in parallel, in blocks that fit in the cache of a core.
 * Kernels always process f32: blocks of other types are converted to f32 in scratch memory when
 * read and rounded when written.
 */
public final class Rows {
  /** Elements of an operand in one block: 32 KiB of f32. */
  private static final int BLOCK_ELEMENTS = 8192;

  /** Smallest number of elements per task: for fewer, another thread costs more than it saves. */
  private static final int PARALLEL_GRAIN = 16384;

  private Rows() {}

  /** Work on one block. */
  @FunctionalInterface
  public interface Work {
    void run(Block block);
  }

  /** Runs work on rows [0, rows) of tensors whose rows have {@code cols} elements. */
  public static void forRows(long rows, long cols, Work work) {
    long grain = Math.max(1, PARALLEL_GRAIN / Math.max(1, cols));
    Workers.shared().forRange(rows, grain, (from, to) -> runBlocks(from, to, cols, work));
  }

  /** Runs work on elements [0, n), each of which is a row of one element. */
  public static void forElements(long n, Work work) {
    forRows(n, 1, work);
  }

  /** Runs work on rows [from, to) on the calling thread. */
  public static void runBlocks(long from, long to, long cols, Work work) {
    long step = Math.max(1, BLOCK_ELEMENTS / Math.max(1, cols));
    for (long row = from; row < to; row += step) {
      try (Workspace workspace = Workspace.enter()) {
        Block block = new Block(row, Math.min(to, row + step), cols, workspace);
        work.run(block);
        block.finish();
      }
    }
  }

  /** Rows [from, to) of every operand of an operation. */
  public static final class Block {
    private static final int MOST_OUTPUTS = 4;

    private final long from;
    private final long to;
    private final long cols;
    private final Workspace workspace;
    private final MemorySegment[] targets = new MemorySegment[MOST_OUTPUTS];
    private final DType[] types = new DType[MOST_OUTPUTS];
    private final MemorySegment[] staged = new MemorySegment[MOST_OUTPUTS];
    private int numRounded;

    private Block(long from, long to, long cols, Workspace workspace) {
      this.from = from;
      this.to = to;
      this.cols = cols;
      this.workspace = workspace;
    }

    public long from() {
      return from;
    }

    public long rows() {
      return to - from;
    }

    public long elements() {
      return (to - from) * cols;
    }

    /** Returns these rows of x, for reading. */
    public MemorySegment in(Tensor x) {
      return in(x, cols);
    }

    /** Returns these rows of an x whose rows have another number of elements, for reading. */
    public MemorySegment in(Tensor x, long cols) {
      MemorySegment raw = raw(x, cols);
      if (x.dtype() == DType.F32) {
        return raw;
      }
      long n = rows() * cols;
      MemorySegment floats = workspace.take(n * Float.BYTES);
      KernelChoice.kernels().elementwise().convert(floats, DType.F32, raw, x.dtype(), n);
      return floats;
    }

    /** Returns memory for these rows of y, all of which must be written. */
    public MemorySegment out(Tensor y) {
      return out(y, cols);
    }

    /**
     * Returns memory for these rows of a y whose rows have another number of elements; all of it
     * must be written.
     */
    public MemorySegment out(Tensor y, long cols) {
      MemorySegment raw = raw(y, cols);
      if (y.dtype() == DType.F32) {
        return raw;
      }
      MemorySegment floats = workspace.take(rows() * cols * Float.BYTES);
      targets[numRounded] = raw;
      types[numRounded] = y.dtype();
      staged[numRounded++] = floats;
      return floats;
    }

    /**
     * Returns row r, counted within this block, of the memory that {@link #in} or {@link #out}
     * returned.
     */
    public MemorySegment row(MemorySegment rows, long r) {
      return rows.asSlice(r * cols * Float.BYTES, cols * Float.BYTES);
    }

    /** Returns an f32 value for each of these rows, from a tensor with one element per row. */
    public MemorySegment perRow(Tensor x) {
      return x.memory().asSlice(from * Float.BYTES, rows() * Float.BYTES);
    }

    private MemorySegment raw(Tensor x, long cols) {
      long bytes = cols * x.dtype().byteSize();
      return x.memory().asSlice(from * bytes, (to - from) * bytes);
    }

    private void finish() {
      for (int i = 0; i < numRounded; i++) {
        KernelChoice.kernels()
            .elementwise()
            .convert(
                targets[i], types[i], staged[i], DType.F32, staged[i].byteSize() / Float.BYTES);
      }
    }
  }
}
