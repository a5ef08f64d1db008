package dev.rapt.quant.ggml;

import dev.rapt.quant.PackedMatrix;
import dev.rapt.tensor.DType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * A matrix in a block format of GGML. Each row is a whole number of blocks.
 *
 * @param data blocks, row by row
 * @param type a block format
 */
public record GgmlMatrix(MemorySegment data, GgmlType type, long rows, long cols)
    implements PackedMatrix {
  /**
   * Checks the sizes.
   *
   * @throws IllegalArgumentException if the type has no blocks, or memory and sizes do not match
   */
  public GgmlMatrix {
    if (type.unpacker().isEmpty() || cols % type.blockValues() != 0) {
      throw new IllegalArgumentException(
          "%s: columns must be a multiple of the values in a block, got %d columns and blocks of %d"
              .formatted(type, cols, type.blockValues()));
    }
    long bytes = rows * (cols / type.blockValues()) * type.blockBytes();
    if (data.byteSize() != bytes) {
      throw new IllegalArgumentException(
          "%s: (%d, %d) must have %d bytes, got %d"
              .formatted(type, rows, cols, bytes, data.byteSize()));
    }
  }

  @Override
  public long byteSize() {
    return data.byteSize();
  }

  /** Returns f32: a half-precision scale times a small integer has more bits than bf16. */
  @Override
  public DType exactType() {
    return type == GgmlType.MXFP4 ? DType.BF16 : DType.F32;
  }

  /** Returns true: a file in 4 bits is read to save memory. */
  @Override
  public boolean staysPacked() {
    return true;
  }

  @Override
  public void unpack(long from, long to, MemorySegment out) {
    BlockUnpacker unpacker = type.unpacker().orElseThrow();
    long blocksPerRow = cols / type.blockValues();
    float[] values = new float[type.blockValues()];
    BlockBytes block = new BlockBytes(data);
    long written = 0;
    for (long b = from * blocksPerRow; b < to * blocksPerRow; b++) {
      block.moveTo(b * type.blockBytes());
      unpacker.unpack(block, values);
      MemorySegment.copy(values, 0, out, ValueLayout.JAVA_FLOAT, written, values.length);
      written += (long) values.length * Float.BYTES;
    }
  }
}
