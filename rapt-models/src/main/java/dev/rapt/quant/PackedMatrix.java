package dev.rapt.quant;

import dev.rapt.tensor.DType;
import java.lang.foreign.MemorySegment;

/**
 * A matrix of a checkpoint in a format of few bits, over mapped memory that somebody else owns.
 * Immutable, for any number of threads.
 */
public interface PackedMatrix {
  /** Number of rows. */
  long rows();

  /** Number of columns. */
  long cols();

  /** The narrowest type that holds every value exactly, and can be computed with. */
  DType exactType();

  /**
   * Unpacks rows [from, to).
   *
   * @param out (to - from, cols) f32, row-major, written
   */
  void unpack(long from, long to, MemorySegment out);
}
