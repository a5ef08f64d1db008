package dev.rapt.quant;

import dev.rapt.tensor.DType;
import java.lang.foreign.MemorySegment;

/**
 * A quantised matrix of a checkpoint, over mapped memory that it does not own. Immutable and
 * thread-safe.
 */
public interface PackedMatrix {
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
}
