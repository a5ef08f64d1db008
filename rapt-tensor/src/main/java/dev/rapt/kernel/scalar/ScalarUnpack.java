package dev.rapt.kernel.scalar;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;

import dev.rapt.kernel.Float8;
import dev.rapt.kernel.FourBitCode;
import dev.rapt.kernel.UnpackKernel;
import dev.rapt.tensor.DType;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/** Scalar unpacking of quantised weights to f32 by table look-up. */
public final class ScalarUnpack implements UnpackKernel {
  private static final int BLOCK_BYTES = MXFP4_VALUES / 2;

  private static final float[] E2M1 = {
    0f, 0.5f, 1f, 1.5f, 2f, 3f, 4f, 6f, -0f, -0.5f, -1f, -1.5f, -2f, -3f, -4f, -6f
  };

  @Override
  public void mxFp4(MemorySegment out, MemorySegment blocks, MemorySegment scales, long numBlocks) {
    for (long block = 0; block < numBlocks; block++) {
      float power = UnpackKernel.power(scales.get(JAVA_BYTE, block));
      for (long i = block * BLOCK_BYTES; i < (block + 1) * BLOCK_BYTES; i++) {
        int pair = blocks.get(JAVA_BYTE, i) & 0xff;
        out.setAtIndex(JAVA_FLOAT_UNALIGNED, 2 * i, E2M1[pair & 0xf] * power);
        out.setAtIndex(JAVA_FLOAT_UNALIGNED, 2 * i + 1, E2M1[pair >> 4] * power);
      }
    }
  }

  @Override
  public void fourBits(
      MemorySegment out,
      FourBitCode code,
      MemorySegment codes,
      MemorySegment scales,
      long numBlocks) {
    float[] table = code.table();
    long blockBytes = FOUR_BIT_VALUES / 2;
    for (long block = 0; block < numBlocks; block++) {
      float scale = scales.getAtIndex(JAVA_FLOAT_UNALIGNED, block);
      for (long i = block * blockBytes; i < (block + 1) * blockBytes; i++) {
        int pair = codes.get(JAVA_BYTE, i) & 0xff;
        out.setAtIndex(JAVA_FLOAT_UNALIGNED, 2 * i, table[pair >> 4] * scale);
        out.setAtIndex(JAVA_FLOAT_UNALIGNED, 2 * i + 1, table[pair & 0xf] * scale);
      }
    }
  }

  @Override
  public void float8(MemorySegment out, MemorySegment x, float scale, long n) {
    float[] values = Float8.values(DType.F8_E4M3);
    for (long i = 0; i < n; i++) {
      float value = values[x.get(JAVA_BYTE, i) & 0xff];
      out.setAtIndex(JAVA_FLOAT_UNALIGNED, i, value * scale);
    }
  }

  @Override
  public void integers(
      MemorySegment out,
      MemorySegment x,
      Integers format,
      MemorySegment scales,
      @Nullable MemorySegment zeros,
      long n) {
    long group = 0;
    for (long i = 0; i < n; i += format.groupSize()) {
      float zero = format.zero(zeros, group);
      float scale = scales.getAtIndex(JAVA_FLOAT_UNALIGNED, group);
      integers(out, x, format, zero, scale, i, Math.min(n, i + format.groupSize()));
      group++;
    }
  }

  /** Unpacks integers [from, to), of one group. */
  public static void integers(
      MemorySegment out,
      MemorySegment x,
      Integers format,
      float zero,
      float scale,
      long from,
      long to) {
    int bits = format.bits();
    int mask = (1 << bits) - 1;
    int half = format.isSigned() ? 1 << (bits - 1) : 0;
    for (long i = from; i < to; i++) {
      long bit = i * bits;
      int shift = (int) (bit % 8);
      int code = (x.get(JAVA_BYTE, bit / 8) & 0xff) >>> shift;
      if (shift + bits > 8) {
        code |= (x.get(JAVA_BYTE, bit / 8 + 1) & 0xff) << (8 - shift);
      }
      int value = ((code & mask) ^ half) - half;
      out.setAtIndex(JAVA_FLOAT_UNALIGNED, i, (value - zero) * scale);
    }
  }
}
