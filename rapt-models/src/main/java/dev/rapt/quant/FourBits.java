package dev.rapt.quant;

import dev.rapt.compute.KernelChoice;
import dev.rapt.kernel.ElementwiseKernel;
import dev.rapt.kernel.FourBitCode;
import dev.rapt.kernel.UnpackKernel;
import dev.rapt.kernel.Workspace;
import dev.rapt.tensor.DType;
import java.lang.foreign.MemorySegment;

/**
 * A matrix in NF4, the format of QLoRA (arXiv:2305.14314, section 3), or FP4, as bitsandbytes
 * stores both: blocks of 64 consecutive elements, each a 4-bit code times the largest magnitude of
 * its block. A byte holds two codes, the first in its high half. Blocks run on from row to row; the
 * last one may be short.
 *
 * @param code the values of the codes
 * @param codes ceil(rows cols / 2) bytes
 * @param scales largest magnitude of each block
 * @param type dtype of the matrix before quantisation, to which unpacked values are rounded: f32,
 *     bf16 or f16
 */
public record FourBits(
    FourBitCode code, MemorySegment codes, BlockScales scales, DType type, long rows, long cols)
    implements PackedMatrix {
  /** Number of elements in a block. */
  public static final int BLOCK_VALUES = UnpackKernel.FOUR_BIT_VALUES;

  private static final int BLOCK_BYTES = BLOCK_VALUES / 2;

  /**
   * Checks the sizes.
   *
   * @throws IllegalArgumentException if memory and sizes do not match
   */
  public FourBits {
    long n = rows * cols;
    if (codes.byteSize() != Math.ceilDiv(n, 2L)
        || scales.count() != Math.ceilDiv(n, (long) BLOCK_VALUES)) {
      throw new IllegalArgumentException(
          "four bits: (%d, %d) must have %d bytes and %d scales, got %d and %d"
              .formatted(
                  rows,
                  cols,
                  Math.ceilDiv(n, 2L),
                  Math.ceilDiv(n, (long) BLOCK_VALUES),
                  codes.byteSize(),
                  scales.count()));
    }
  }

  /** Returns the number of bytes of codes and scales. */
  @Override
  public long byteSize() {
    return codes.byteSize() + scales.byteSize();
  }

  /** Returns bf16 if the matrix was bf16 before quantisation, else f32. */
  @Override
  public DType exactType() {
    return type == DType.BF16 ? DType.BF16 : DType.F32;
  }

  /** Returns true: a linear layer keeps 4 bits, at the cost of unpacking them at each product. */
  @Override
  public boolean staysPacked() {
    return true;
  }

  @Override
  public void unpack(long from, long to, MemorySegment out) {
    long first = from * cols;
    long last = to * cols;
    long n = last - first;
    long firstBlock = first / BLOCK_VALUES;
    long numBlocks = Math.ceilDiv(last, (long) BLOCK_VALUES) - firstBlock;
    try (Workspace workspace = Workspace.enter()) {
      if (n == numBlocks * BLOCK_VALUES) {
        unpackBlocks(firstBlock, numBlocks, out, workspace);
      } else { // rows that do not end where blocks end
        MemorySegment whole = workspace.take(numBlocks * BLOCK_VALUES * Float.BYTES);
        unpackBlocks(firstBlock, numBlocks, whole, workspace);
        long skipped = first - firstBlock * BLOCK_VALUES;
        MemorySegment.copy(whole, skipped * Float.BYTES, out, 0, n * Float.BYTES);
      }
      round(out, n, workspace);
    }
  }

  private void unpackBlocks(
      long firstBlock, long numBlocks, MemorySegment out, Workspace workspace) {
    MemorySegment factors = workspace.take(numBlocks * Float.BYTES);
    scales.write(firstBlock, numBlocks, factors);
    long at = firstBlock * BLOCK_BYTES;
    long size = numBlocks * BLOCK_BYTES;
    MemorySegment in;
    if (at + size <= codes.byteSize()) {
      in = codes.asSlice(at, size);
    } else { // the last block is short
      in = workspace.takeZeroed(size).copyFrom(codes.asSlice(at));
    }
    KernelChoice.kernels().unpack().fourBits(out, code, in, factors, numBlocks);
  }

  /** Rounds unpacked values to the original dtype, as the reference does. */
  private void round(MemorySegment values, long n, Workspace workspace) {
    if (type != DType.F32) {
      ElementwiseKernel kernel = KernelChoice.kernels().elementwise();
      MemorySegment narrow = workspace.take(n * type.byteSize());
      kernel.convert(narrow, type, values, DType.F32, n);
      kernel.convert(values, DType.F32, narrow, type, n);
    }
  }
}
