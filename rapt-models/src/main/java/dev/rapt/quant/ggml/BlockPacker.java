package dev.rapt.quant.ggml;

/** Quantises one block. */
@FunctionalInterface
interface BlockPacker {
  /**
   * Writes a block.
   *
   * @param values as many as the format has in a block
   * @param out at the beginning of the block
   */
  void pack(float[] values, BlockWriter out);
}
