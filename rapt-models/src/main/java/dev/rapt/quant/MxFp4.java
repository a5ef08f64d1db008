package dev.rapt.quant;

import dev.rapt.compute.KernelChoice;
import dev.rapt.kernel.UnpackKernel;
import dev.rapt.tensor.DType;
import java.lang.foreign.MemorySegment;

/**
 * A matrix in MXFP4, the format of gpt-oss: blocks of 32 values along a row, each a 4-bit float
 * (E2M1) times a power of two that the block shares. A byte holds two values, the first in its low
 * half. OCP Microscaling Formats Specification 1.0, sections 5.3 and 6.
 *
 * @param blocks (rows, cols / 32, 16) bytes
 * @param scales (rows, cols / 32) bytes: the exponent plus 127; 255 stands for NaN
 */
public record MxFp4(MemorySegment blocks, MemorySegment scales, long rows, long cols)
    implements PackedMatrix {
  /** Number of values in a block. */
  public static final int BLOCK_VALUES = UnpackKernel.MXFP4_VALUES;

  /** Number of bytes in a block, without its scale. */
  public static final int BLOCK_BYTES = BLOCK_VALUES / 2;

  /**
   * Checks the sizes.
   *
   * @throws IllegalArgumentException if memory and sizes do not match
   */
  public MxFp4 {
    if (cols % BLOCK_VALUES != 0) {
      throw new IllegalArgumentException(
          "mxfp4: columns must be a multiple of %d, got %d".formatted(BLOCK_VALUES, cols));
    }
    long numBlocks = rows * (cols / BLOCK_VALUES);
    if (blocks.byteSize() != numBlocks * BLOCK_BYTES || scales.byteSize() != numBlocks) {
      throw new IllegalArgumentException(
          "mxfp4: (%d, %d) must have %d bytes and %d scales, got %d and %d"
              .formatted(
                  rows,
                  cols,
                  numBlocks * BLOCK_BYTES,
                  numBlocks,
                  blocks.byteSize(),
                  scales.byteSize()));
    }
  }

  @Override
  public long byteSize() {
    return blocks.byteSize() + scales.byteSize();
  }

  /** Returns bf16, which holds the 2-bit significand and the exponent exactly. */
  @Override
  public DType exactType() {
    return DType.BF16;
  }

  @Override
  public void unpack(long from, long to, MemorySegment out) {
    long blocksPerRow = cols / BLOCK_VALUES;
    long first = from * blocksPerRow;
    long count = (to - from) * blocksPerRow;
    KernelChoice.kernels()
        .unpack()
        .mxFp4(
            out,
            blocks.asSlice(first * BLOCK_BYTES, count * BLOCK_BYTES),
            scales.asSlice(first, count),
            count);
  }
}
