package dev.rapt.gguf;

import dev.rapt.quant.ggml.GgmlType;
import dev.rapt.tensor.Shape;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/** A tensor that can be written to a GGUF file, with values by rows. Thread-safe. */
public interface GgufRows {
  /** Returns the name in the file. */
  String name();

  /** Returns the type in which the values are exact. */
  GgmlType type();

  /** Returns the shape; the last dimension is that of the columns. */
  Shape shape();

  /**
   * Reads a row, counted over all dimensions but the last.
   *
   * @param out receives as many values as there are columns
   */
  void read(long row, float[] out);

  /** Returns the elements or blocks if they are in memory as the file has them, else null. */
  default @Nullable MemorySegment raw() {
    return null;
  }

  /** Returns the number of columns. */
  default long cols() {
    return shape().dim(shape().rank() - 1);
  }

  /** Returns the number of rows. */
  default long rows() {
    return shape().numElements() / cols();
  }
}
