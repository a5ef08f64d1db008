package dev.rapt.quant;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;

import dev.rapt.compute.KernelChoice;
import dev.rapt.kernel.UnpackKernel;
import dev.rapt.tensor.DType;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * A matrix of integers of 2, 3, 4 or 8 bits, in groups of columns of each row that share a scale
 * and a zero point: value (r, c) = scale[r, g] (integer[r, c] - zero[r, g]), g the group of c. The
 * integers of a row are packed without gaps, lowest bits first; each row begins at a byte. GPTQ,
 * arXiv:2210.17323; AWQ, arXiv:2306.00978.
 *
 * @param codes (rows, bytes of a row), row-major; a row may end in bytes that are not read
 * @param isSigned whether integers are in two's complement
 */
public record PackedIntegers(
    MemorySegment codes, int bits, boolean isSigned, long rows, long cols, Groups groups)
    implements PackedMatrix {

  private static final MemorySegment ONE = MemorySegment.ofArray(new float[] {1});
  private static final MemorySegment NO_ZERO = MemorySegment.ofArray(new byte[1]);

  /**
   * Groups of columns.
   *
   * @param size columns of a group; the last one may have fewer
   * @param scales (rows, number of groups) f32
   * @param zeros (rows, number of groups) bytes, signed like the integers; null if all are in the
   *     middle of the range: 0, or 2^(bits - 1) where integers are not signed
   * @param ofColumn group of each column; null if columns are grouped in their order
   */
  @SuppressWarnings("ArrayRecordComponent") // compared by nobody
  public record Groups(
      long size, MemorySegment scales, @Nullable MemorySegment zeros, int @Nullable [] ofColumn) {
    /** Creates groups of columns in their order. */
    public static Groups inOrder(long size, MemorySegment scales, @Nullable MemorySegment zeros) {
      return new Groups(size, scales, zeros, null);
    }
  }

  /**
   * Checks the sizes.
   *
   * @throws IllegalArgumentException if memory and sizes do not match
   */
  public PackedIntegers {
    if (bits != 2 && bits != 3 && bits != 4 && bits != 8) {
      throw new IllegalArgumentException("integers: bits must be 2, 3, 4 or 8, got " + bits);
    }
    long count = Math.ceilDiv(cols, groups.size());
    if (count > 1 && groups.ofColumn() == null && groups.size() * bits % 8 != 0) {
      throw new IllegalArgumentException(
          "integers: groups must be whole bytes, got %d integers of %d bits"
              .formatted(groups.size(), bits));
    }
    long leastBytes = rows * Math.ceilDiv(cols * bits, 8L);
    long numScales = groups.scales().byteSize() / Float.BYTES;
    long numZeros = groups.zeros() == null ? numScales : groups.zeros().byteSize();
    boolean isRagged = rows > 0 && codes.byteSize() % rows != 0;
    if (codes.byteSize() < leastBytes
        || isRagged
        || numScales != rows * count
        || numZeros != numScales) {
      throw new IllegalArgumentException(
          ("integers: (%d, %d) of %d bits in groups of %d must have at least %d bytes, a multiple of"
                  + " the rows, and %d scales and zero points, got %d, %d and %d")
              .formatted(
                  rows,
                  cols,
                  bits,
                  groups.size(),
                  leastBytes,
                  rows * count,
                  codes.byteSize(),
                  numScales,
                  numZeros));
    }
  }

  @Override
  public long byteSize() {
    MemorySegment zeros = groups.zeros();
    return codes.byteSize() + groups.scales().byteSize() + (zeros == null ? 0 : zeros.byteSize());
  }

  /** Returns f32: a scale of 11 bits times an integer has more bits than bf16. */
  @Override
  public DType exactType() {
    return DType.F32;
  }

  /** Returns true: a model in few bits is read to save memory. */
  @Override
  public boolean staysPacked() {
    return true;
  }

  @Override
  public void unpack(long from, long to, MemorySegment out) {
    int[] ofColumn = groups.ofColumn();
    long rowBytes = codes.byteSize() / rows;
    long count = Math.ceilDiv(cols, groups.size());
    MemorySegment zeros = groups.zeros();
    for (long r = from; r < to; r++) {
      MemorySegment row = codes.asSlice(r * rowBytes, rowBytes);
      MemorySegment values = out.asSlice((r - from) * cols * Float.BYTES, cols * Float.BYTES);
      MemorySegment ownScales = groups.scales().asSlice(r * count * Float.BYTES);
      MemorySegment ownZeros = zeros == null ? null : zeros.asSlice(r * count);
      if (ofColumn == null) {
        UnpackKernel.Integers format = new UnpackKernel.Integers(bits, isSigned, groups.size());
        KernelChoice.kernels().unpack().integers(values, row, format, ownScales, ownZeros, cols);
      } else {
        unpackReordered(row, ownScales, ownZeros, ofColumn, values);
      }
    }
  }

  private void unpackReordered(
      MemorySegment row,
      MemorySegment scales,
      @Nullable MemorySegment zeros,
      int[] ofColumn,
      MemorySegment out) {
    UnpackKernel.Integers format = new UnpackKernel.Integers(bits, isSigned, cols);
    KernelChoice.kernels().unpack().integers(out, row, format, ONE, NO_ZERO, cols);
    for (int c = 0; c < ofColumn.length; c++) {
      float integer = out.getAtIndex(JAVA_FLOAT_UNALIGNED, c);
      float scale = scales.getAtIndex(JAVA_FLOAT_UNALIGNED, ofColumn[c]);
      float zero = format.zero(zeros, ofColumn[c]);
      out.setAtIndex(JAVA_FLOAT_UNALIGNED, c, (integer - zero) * scale);
    }
  }
}
