package dev.rapt.quant;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

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

  /** For each scale and each byte, the bits of its two values times the power. */
  private static final long[][] PAIRS = pairs();

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

  private static long[][] pairs() {
    long[][] pairs = new long[256][256];
    for (int scale = 0; scale < 256; scale++) {
      for (int pair = 0; pair < 256; pair++) {
        int first = Float.floatToRawIntBits(VALUES[pair & 0xf] * POWERS[scale]);
        int second = Float.floatToRawIntBits(VALUES[pair >> 4] * POWERS[scale]);
        pairs[scale][pair] = ((long) second << 32) | (first & 0xffffffffL); // little-endian
      }
    }
    return pairs;
  }

  /** Two bits of significand and the exponent of an f32: bf16 holds them. */
  @Override
  public DType exactType() {
    return DType.BF16;
  }

  @Override
  public void unpack(long from, long to, MemorySegment out) {
    long blocksPerRow = cols / BLOCK_VALUES;
    long first = from * blocksPerRow;
    int count = Math.toIntExact((to - from) * blocksPerRow);
    MemorySegment in = blocks.asSlice(first * BLOCK_BYTES, (long) count * BLOCK_BYTES);
    for (int block = 0; block < count; block++) {
      long[] pairs = PAIRS[scales.get(JAVA_BYTE, first + block) & 0xff];
      int at = block * BLOCK_BYTES;
      for (int i = at; i < at + BLOCK_BYTES; i++) {
        out.setAtIndex(JAVA_LONG_UNALIGNED, i, pairs[in.get(JAVA_BYTE, i) & 0xff]);
      }
    }
  }
}
