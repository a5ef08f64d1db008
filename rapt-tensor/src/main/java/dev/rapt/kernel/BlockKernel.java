package dev.rapt.kernel;

import dev.rapt.kernel.block.BlockFormat;
import java.lang.foreign.MemorySegment;

/** Unpacks blocks of GGML's formats, and multiplies by matrices in them. */
public interface BlockKernel {
  /**
   * Unpacks blocks that lie one after the other to f32. Every implementation gives the same bits:
   * products and differences are rounded one by one, as in the reference.
   *
   * @param out as many f32 as the blocks have values, written
   * @param blocks numBlocks blocks; they need not be aligned
   */
  void unpack(BlockFormat format, MemorySegment out, MemorySegment blocks, long numBlocks);

  /**
   * Multiplies few rows by the transpose of a matrix in blocks, out = x W^T, on the calling thread.
   * Blocks are unpacked once for all rows, in parts that stay in the cache. Sums are f32; their
   * order does not depend on the number of rows of W.
   *
   * @param x (M, K) f32, row-major; K is a multiple of the values in a block
   * @param blocks W (N, K), row by row; they need not be aligned
   * @param out (M, N) f32, row-major, written
   */
  void multiply(BlockFormat format, Matrix x, MemorySegment blocks, Matrix out);
}
