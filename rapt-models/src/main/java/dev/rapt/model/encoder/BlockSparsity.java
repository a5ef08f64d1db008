package dev.rapt.model.encoder;

import dev.rapt.checkpoint.ConfigReader;
import tools.jackson.databind.node.ObjectNode;

/**
 * Which blocks of a text see which. BigBird, arXiv:2007.14062, section 2.
 *
 * @param sparse whether long passes see some blocks alone
 * @param blockSize tokens of a block
 * @param numRandomBlocks random blocks that a token sees
 */
public record BlockSparsity(boolean sparse, int blockSize, int numRandomBlocks) {
  private static final String TYPE = "attention_type";
  private static final String SPARSE = "block_sparse";
  private static final String FULL = "original_full";

  /** Reads the keys of a config.json. */
  public static BlockSparsity parse(ConfigReader json) {
    String type = json.stringOr(TYPE, SPARSE);
    if (!type.equals(SPARSE) && !type.equals(FULL)) {
      throw json.error(TYPE, "must be %s or %s, got %s".formatted(SPARSE, FULL, type));
    }
    return new BlockSparsity(
        type.equals(SPARSE),
        json.intOr("block_size", 64, 1, Integer.MAX_VALUE),
        json.intOr("num_random_blocks", 3, 0, Integer.MAX_VALUE));
  }

  /** Writes the keys of a config.json. */
  public void write(ObjectNode json) {
    json.put(TYPE, sparse ? SPARSE : FULL)
        .put("block_size", blockSize)
        .put("num_random_blocks", numRandomBlocks);
  }

  /** Whether a pass over this many tokens sees some blocks alone; shorter ones see everything. */
  boolean isSparse(int seqLen) {
    return sparse && seqLen > (5L + 2L * numRandomBlocks) * blockSize;
  }
}
