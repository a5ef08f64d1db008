package dev.rapt.kernel.scalar.block;

/** Unpacks one block. */
@FunctionalInterface
interface BlockUnpacker {
  /**
   * Writes the values of a block.
   *
   * @param out receives as many values as the format has in a block
   */
  void unpack(BlockBytes block, float[] out);
}
