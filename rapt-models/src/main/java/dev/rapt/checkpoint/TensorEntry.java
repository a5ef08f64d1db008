package dev.rapt.checkpoint;

import dev.rapt.tensor.DType;
import dev.rapt.tensor.Shape;
import java.lang.foreign.MemorySegment;

/**
 * One named tensor of a file: row-major, little-endian, without gaps.
 *
 * @param name the key in the file: {@code model.layers.3.mlp.up_proj.weight}
 * @param data the elements; lives as long as the arena that the file was mapped into. May start at
 *     any address, also one that is no multiple of the element size.
 */
public record TensorEntry(String name, DType dtype, Shape shape, MemorySegment data) {
  /**
   * @throws IllegalArgumentException if data does not have the size that type and shape ask for
   */
  public TensorEntry {
    long wanted = Math.multiplyExact(shape.numElements(), (long) dtype.byteSize());
    if (data.byteSize() != wanted) {
      throw new IllegalArgumentException(
          "%s: %s %s takes %d bytes, got %d"
              .formatted(name, dtype.label(), shape, wanted, data.byteSize()));
    }
  }
}
