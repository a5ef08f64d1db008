package dev.rapt.checkpoint;

import dev.rapt.tensor.DType;
import dev.rapt.tensor.Shape;
import java.lang.foreign.MemorySegment;

/**
 * A named tensor of a file: row-major, little-endian, contiguous.
 *
 * @param name the key in the file: {@code model.layers.3.mlp.up_proj.weight}
 * @param data the elements, valid as long as the arena that the file was mapped into; not
 *     necessarily aligned to the element size
 */
public record TensorEntry(String name, DType dtype, Shape shape, MemorySegment data) {
  /**
   * Checks the size.
   *
   * @throws IllegalArgumentException if the size of data does not match dtype and shape
   */
  public TensorEntry {
    long wanted = Math.multiplyExact(shape.numElements(), (long) dtype.byteSize());
    if (data.byteSize() != wanted) {
      throw new IllegalArgumentException(
          "%s: %s %s must have %d bytes, got %d"
              .formatted(name, dtype.label(), shape, wanted, data.byteSize()));
    }
  }
}
