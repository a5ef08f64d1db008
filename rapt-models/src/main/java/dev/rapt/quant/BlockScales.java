package dev.rapt.quant;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;

import java.lang.foreign.MemorySegment;

/** Scales of the blocks of an NF4 matrix: one f32 each, or quantised once more to 8 bits. */
public sealed interface BlockScales {
  /** Returns the number of scales. */
  long count();

  /** Returns the number of bytes that hold them. */
  long byteSize();

  /**
   * Writes scales [from, from + n).
   *
   * @param out n f32, written
   */
  void write(long from, long n, MemorySegment out);

  /**
   * Scales as they are.
   *
   * @param values f32
   */
  record Plain(MemorySegment values) implements BlockScales {
    @Override
    public long count() {
      return values.byteSize() / Float.BYTES;
    }

    @Override
    public long byteSize() {
      return values.byteSize();
    }

    @Override
    public void write(long from, long n, MemorySegment out) {
      MemorySegment.copy(values, from * Float.BYTES, out, 0, n * Float.BYTES);
    }
  }

  /**
   * Double quantisation: scale i = table[codes[i]] outer[i / 256] + offset. QLoRA,
   * arXiv:2305.14314, section 3.
   *
   * @param codes a byte for each scale
   * @param outer f32, a scale for each 256 scales
   * @param table 256 f32, the values of the 8-bit codes
   * @param offset mean of the scales
   */
  record Doubled(MemorySegment codes, MemorySegment outer, MemorySegment table, float offset)
      implements BlockScales {
    /** Number of scales that share an outer scale. */
    public static final int BLOCK_SCALES = 256;

    /**
     * Checks the sizes.
     *
     * @throws IllegalArgumentException if they do not fit together
     */
    public Doubled {
      long blocks = Math.ceilDiv(codes.byteSize(), (long) BLOCK_SCALES);
      if (table.byteSize() != 256 * Float.BYTES || outer.byteSize() != blocks * Float.BYTES) {
        throw new IllegalArgumentException(
            "nf4: %d scales must have %d outer scales and a table of 256, got %d and %d"
                .formatted(
                    codes.byteSize(),
                    blocks,
                    outer.byteSize() / Float.BYTES,
                    table.byteSize() / Float.BYTES));
      }
    }

    @Override
    public long count() {
      return codes.byteSize();
    }

    @Override
    public long byteSize() {
      return codes.byteSize() + outer.byteSize();
    }

    @Override
    public void write(long from, long n, MemorySegment out) {
      for (long i = from; i < from + n; i++) {
        float value = table.getAtIndex(JAVA_FLOAT_UNALIGNED, codes.get(JAVA_BYTE, i) & 0xff);
        float scale = outer.getAtIndex(JAVA_FLOAT_UNALIGNED, i / BLOCK_SCALES);
        out.setAtIndex(JAVA_FLOAT_UNALIGNED, i - from, value * scale + offset);
      }
    }
  }
}
