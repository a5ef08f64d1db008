package dev.rapt.quant;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;

import dev.rapt.tensor.DType;
import java.lang.foreign.MemorySegment;

/**
 * A matrix in MXFP4, as gpt-oss is published: blocks of 32 values along a row, each an E2M1 float
 * of 4 bits, times a power of two that the block shares. Two values lie in a byte, the first in the
 * low half. OCP Microscaling Formats Specification 1.0, sections 5.3 and 6.
 *
 * @param blocks (rows, cols / 32, 16) bytes
 * @param scales (rows, cols / 32) bytes: the exponent plus 127; 255 stands for NaN
 */
public record MxFp4(MemorySegment blocks, MemorySegment scales, long rows, long cols)
    implements PackedMatrix {
  /** Values of a block. */
  public static final int BLOCK_VALUES = 32;

  /** Bytes of a block, without its scale. */
  public static final int BLOCK_BYTES = BLOCK_VALUES / 2;

  private static final int BIAS = 127;
  private static final int NAN_SCALE = 255;

  private static final float[] VALUES = {
    0f, 0.5f, 1f, 1.5f, 2f, 3f, 4f, 6f, -0f, -0.5f, -1f, -1.5f, -2f, -3f, -4f, -6f
  };

  private static final float[] POWERS = powers();

  /**
   * @throws IllegalArgumentException if memory and sizes do not fit together
   */
  public MxFp4 {
    if (cols % BLOCK_VALUES != 0) {
      throw new IllegalArgumentException(
          "mxfp4: columns must be a multiple of %d, got %d".formatted(BLOCK_VALUES, cols));
    }
    long numBlocks = rows * (cols / BLOCK_VALUES);
    if (blocks.byteSize() != numBlocks * BLOCK_BYTES || scales.byteSize() != numBlocks) {
      throw new IllegalArgumentException(
          "mxfp4: (%d, %d) takes %d bytes and %d scales, got %d and %d"
              .formatted(
                  rows,
                  cols,
                  numBlocks * BLOCK_BYTES,
                  numBlocks,
                  blocks.byteSize(),
                  scales.byteSize()));
    }
  }

  private static float[] powers() {
    float[] powers = new float[256];
    for (int i = 0; i < NAN_SCALE; i++) {
      powers[i] = Math.scalb(1f, i - BIAS);
    }
    powers[NAN_SCALE] = Float.NaN;
    return powers;
  }

  /** Two bits of significand and the exponent of an f32: bf16 holds them. */
  @Override
  public DType exactType() {
    return DType.BF16;
  }

  @Override
  public void unpack(long from, long to, MemorySegment out) {
    long blocksPerRow = cols / BLOCK_VALUES;
    long at = 0;
    for (long block = from * blocksPerRow; block < to * blocksPerRow; block++) {
      float power = POWERS[scales.get(JAVA_BYTE, block) & 0xff];
      for (int i = 0; i < BLOCK_BYTES; i++) {
        int pair = blocks.get(JAVA_BYTE, block * BLOCK_BYTES + i);
        out.setAtIndex(JAVA_FLOAT_UNALIGNED, at++, VALUES[pair & 0xf] * power);
        out.setAtIndex(JAVA_FLOAT_UNALIGNED, at++, VALUES[pair >> 4 & 0xf] * power);
      }
    }
  }
}
