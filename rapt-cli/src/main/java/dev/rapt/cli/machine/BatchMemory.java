package dev.rapt.cli.machine;

import dev.rapt.machine.MachineMemory;
import dev.rapt.model.config.CausalConfig;
import dev.rapt.model.config.Seq2SeqConfig;

/**
 * Lower bounds of the memory that batches need without training, by which those that cannot fit are
 * refused before any work.
 */
public final class BatchMemory {
  private static final double GIB = 1 << 30;

  private BatchMemory() {}

  /**
   * Checks that a decoder can read a batch: its hidden states and those of one block's result.
   *
   * @param name of the batch size in the message
   * @param rows sequences
   * @param seqLen tokens of a sequence
   * @throws IllegalArgumentException if the least memory for it is more than the machine has
   */
  public static void require(String name, long rows, long seqLen, CausalConfig config) {
    require(name, rows, seqLen, 2.0 * Float.BYTES * rows * seqLen * config.hiddenSize());
  }

  /**
   * Checks that an encoder-decoder can read a batch: its hidden states, and keys and values of them
   * for each block of the decoder.
   *
   * @param name of the batch size in the message
   * @param rows sources
   * @param seqLen tokens of the longest source
   * @throws IllegalArgumentException if the least memory for it is more than the machine has
   */
  public static void require(String name, long rows, long seqLen, Seq2SeqConfig config) {
    double perToken = (1.0 + 2 * config.numLayers()) * config.hiddenSize();
    require(name, rows, seqLen, Float.BYTES * rows * seqLen * perToken);
  }

  private static void require(String name, long rows, long seqLen, double bytes) {
    double available = MachineMemory.bytes();
    if (bytes > available || rows * seqLen > Integer.MAX_VALUE - 8) {
      throw new IllegalArgumentException(
          "%s: must fit into memory, got %d sequences of %d tokens, which need at least %.1f GiB of %.1f GiB; use a smaller batch"
              .formatted(name, rows, seqLen, bytes / GIB, available / GIB));
    }
  }
}
