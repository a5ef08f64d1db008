package dev.rapt.quant.ggml;

import dev.rapt.compute.KernelChoice;
import dev.rapt.kernel.Matrix;
import dev.rapt.quant.PackedMatrix;
import dev.rapt.tensor.DType;
import java.lang.foreign.MemorySegment;

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
    if (type.format().isEmpty() || cols % type.blockValues() != 0) {
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
    long numBlocks = (to - from) * (cols / type.blockValues());
    KernelChoice.kernels()
        .blocks()
        .unpack(type.format().orElseThrow(), out, blocks(from, to), numBlocks);
  }

  @Override
  public long fewRows() {
    return 16;
  }

  @Override
  public void multiply(Matrix x, long from, long to, Matrix out) {
    KernelChoice.kernels().blocks().multiply(type.format().orElseThrow(), x, blocks(from, to), out);
  }

  private MemorySegment blocks(long from, long to) {
    long rowBytes = cols / type.blockValues() * type.blockBytes();
    return data.asSlice(from * rowBytes, (to - from) * rowBytes);
  }
}
