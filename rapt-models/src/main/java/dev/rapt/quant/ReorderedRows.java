package dev.rapt.quant;

import dev.rapt.kernel.Matrix;
import dev.rapt.kernel.Workspace;
import dev.rapt.tensor.DType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/**
 * Rows of quantised matrices in another order.
 *
 * @param sources matrices of the same width, whose rows together are those of this one
 * @param order from a row of this matrix to one of the sources
 */
public record ReorderedRows(List<? extends PackedMatrix> sources, Order order)
    implements PackedMatrix {
  private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

  /** From a row of the result to a source and a row of it. */
  public sealed interface Order {
    /** Returns the index of the source of a row. */
    int source(long row);

    /** Returns the row of the source. */
    long rowOf(long row);
  }

  /**
   * The two halves of each head, of rows stored in pairs: row i of a head is row 2 i of the stored
   * head, row i + width / 2 is row 2 i + 1.
   *
   * @param width number of rows of a head, even
   */
  public record Halves(long width) implements Order {
    @Override
    public int source(long row) {
      return 0;
    }

    @Override
    public long rowOf(long row) {
      long within = row % width;
      long half = width / 2;
      return row - within + (within < half ? 2 * within : 2 * (within - half) + 1);
    }
  }

  /** Rows of two sources in turn. */
  public record InTurn() implements Order {
    @Override
    public int source(long row) {
      return (int) (row % 2);
    }

    @Override
    public long rowOf(long row) {
      return row / 2;
    }
  }

  /** Copies the list. */
  public ReorderedRows {
    sources = List.copyOf(sources);
  }

  @Override
  public long rows() {
    return sources.stream().mapToLong(PackedMatrix::rows).sum();
  }

  @Override
  public long cols() {
    return sources.getFirst().cols();
  }

  @Override
  public DType exactType() {
    return sources.stream().allMatch(source -> source.exactType() == DType.BF16)
        ? DType.BF16
        : DType.F32;
  }

  @Override
  public long byteSize() {
    return sources.stream().mapToLong(PackedMatrix::byteSize).sum();
  }

  @Override
  public boolean staysPacked() {
    return sources.getFirst().staysPacked();
  }

  @Override
  public void unpack(long from, long to, MemorySegment out) {
    long rowBytes = cols() * Float.BYTES;
    for (long row = from; row < to; row++) {
      long stored = order.rowOf(row);
      sources
          .get(order.source(row))
          .unpack(stored, stored + 1, out.asSlice((row - from) * rowBytes, rowBytes));
    }
  }

  @Override
  public long fewRows() {
    return sources.getFirst().fewRows();
  }

  /** Multiplies by the range of rows of each source that holds the rows asked for. */
  @Override
  public void multiply(Matrix x, long from, long to, Matrix out) {
    for (int source = 0; source < sources.size(); source++) {
      long first = Long.MAX_VALUE;
      long last = -1;
      for (long row = from; row < to; row++) {
        if (order.source(row) == source) {
          first = Math.min(first, order.rowOf(row));
          last = Math.max(last, order.rowOf(row));
        }
      }
      if (last >= 0) {
        multiply(x, source, first, last + 1, from, to, out);
      }
    }
  }

  /** Multiplies by rows [first, end) of a source, and keeps the columns of rows [from, to). */
  private void multiply(
      Matrix x, int source, long first, long end, long from, long to, Matrix out) {
    long width = end - first;
    try (Workspace workspace = Workspace.enter()) {
      MemorySegment memory = workspace.take(Float.BYTES * x.rows() * width);
      sources.get(source).multiply(x, first, end, Matrix.of(memory, DType.F32, x.rows(), width));
      for (long row = from; row < to; row++) {
        if (order.source(row) == source) {
          for (long m = 0; m < x.rows(); m++) {
            float value = memory.getAtIndex(FLOAT, m * width + order.rowOf(row) - first);
            out.memory().setAtIndex(FLOAT, out.offset() + m * out.rowStride() + row - from, value);
          }
        }
      }
    }
  }
}
