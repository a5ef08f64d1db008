package dev.rapt.quant;

import dev.rapt.autograd.QuantizedMatrix;
import dev.rapt.compute.KernelChoice;
import dev.rapt.kernel.Workspace;
import dev.rapt.tensor.DType;
import java.lang.foreign.MemorySegment;

/**
 * A quantised matrix of a checkpoint, over mapped memory that it does not own. Immutable and
 * thread-safe.
 */
public interface PackedMatrix extends QuantizedMatrix.Rows {
  /** Number of values unpacked at once to be rounded: 32 KiB of f32, which fit in the cache. */
  long STEP_VALUES = 8192;

  /** Returns the number of rows. */
  long rows();

  /** Returns the number of columns. */
  long cols();

  /** Returns the narrowest dtype of computation that represents every value exactly. */
  DType exactType();

  /** Returns the number of bytes of the packed form. */
  long byteSize();

  /**
   * Returns whether a linear layer unpacks it at each use, also outside training, instead of once.
   */
  default boolean staysPacked() {
    return false;
  }

  /**
   * Unpacks rows [from, to).
   *
   * @param out (to - from, cols) f32, row-major, written
   */
  void unpack(long from, long to, MemorySegment out);

  @Override
  default void write(long from, long to, DType type, MemorySegment out) {
    if (type == DType.F32) {
      unpack(from, to, out);
      return;
    }
    long step = Math.clamp(STEP_VALUES / Math.max(1, cols()), 1, Math.max(1, to - from));
    long rowBytes = cols() * type.byteSize();
    try (Workspace workspace = Workspace.enter()) {
      MemorySegment rows = workspace.take(Float.BYTES * step * cols());
      for (long r = from; r < to; r += step) {
        long count = Math.min(to, r + step) - r;
        unpack(r, r + count, rows);
        KernelChoice.kernels()
            .elementwise()
            .convert(
                out.asSlice((r - from) * rowBytes, count * rowBytes),
                type,
                rows,
                DType.F32,
                count * cols());
      }
    }
  }
}
