package dev.rapt.quant;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;

import dev.rapt.compute.KernelChoice;
import dev.rapt.kernel.Float8;
import dev.rapt.tensor.DType;
import java.lang.foreign.MemorySegment;

/**
 * A matrix of 8-bit floats with an f32 scale factor per block (which may be a row or the whole
 * matrix), the format of DeepSeek-V3 and the FP8 releases of Qwen3: value (r, c) = data[r, c]
 * scales[r / blockRows, c / blockCols]. Blocks at the bottom and right edges may be partial.
 * DeepSeek-V3, arXiv:2412.19437, section 3.3.
 *
 * @param type f8_e4m3 or f8_e5m2
 * @param data (rows, cols), row-major
 * @param scales (ceil(rows / blockRows), ceil(cols / blockCols)) f32, row-major
 * @param staysPacked whether a linear layer unpacks it at each use; unpacked once it takes four
 *     times the memory, but products with few rows are faster where the bus is not the limit
 */
public record ScaledFloat8(
    DType type,
    MemorySegment data,
    MemorySegment scales,
    long rows,
    long cols,
    long blockRows,
    long blockCols,
    boolean staysPacked)
    implements PackedMatrix {

  /**
   * Checks the sizes.
   *
   * @throws IllegalArgumentException if memory and sizes do not match
   */
  public ScaledFloat8 {
    Float8.values(type);
    if (blockRows < 1 || blockCols < 1) {
      throw new IllegalArgumentException(
          "float8: blocks must be at least (1, 1), got (%d, %d)".formatted(blockRows, blockCols));
    }
    long numScales = Math.ceilDiv(rows, blockRows) * Math.ceilDiv(cols, blockCols);
    if (data.byteSize() != rows * cols || scales.byteSize() != Float.BYTES * numScales) {
      throw new IllegalArgumentException(
          "float8: (%d, %d) in blocks of (%d, %d) must have %d bytes and %d scales, got %d and %d"
              .formatted(
                  rows,
                  cols,
                  blockRows,
                  blockCols,
                  rows * cols,
                  numScales,
                  data.byteSize(),
                  scales.byteSize() / Float.BYTES));
    }
  }

  @Override
  public long byteSize() {
    return data.byteSize() + scales.byteSize();
  }

  /** Returns f32: products of value and scale are rounded to f32, as in the reference. */
  @Override
  public DType exactType() {
    return DType.F32;
  }

  @Override
  public void unpack(long from, long to, MemorySegment out) {
    long scalesPerRow = Math.ceilDiv(cols, blockCols);
    for (long r = from; r < to; r++) {
      long scaleRow = r / blockRows * scalesPerRow;
      for (long block = 0; block < scalesPerRow; block++) {
        float scale = scales.getAtIndex(JAVA_FLOAT_UNALIGNED, scaleRow + block);
        long first = block * blockCols;
        long count = Math.min(cols - first, blockCols);
        unpack(
            data.asSlice(r * cols + first, count),
            scale,
            out.asSlice(((r - from) * cols + first) * Float.BYTES, count * Float.BYTES),
            count);
      }
    }
  }

  private void unpack(MemorySegment in, float scale, MemorySegment out, long count) {
    if (type == DType.F8_E4M3) {
      KernelChoice.kernels().unpack().float8(out, in, scale, count);
      return;
    }
    float[] values = Float8.values(type);
    for (long i = 0; i < count; i++) {
      out.setAtIndex(JAVA_FLOAT_UNALIGNED, i, values[in.get(JAVA_BYTE, i) & 0xff] * scale);
    }
  }
}
