package dev.rapt.model.bigbird;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.kernel.Activation;
import dev.rapt.model.bert.BertConfig;
import dev.rapt.model.config.EncoderConfig;
import dev.rapt.model.config.EncoderSizes;
import dev.rapt.model.config.HeadTransform;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * BigBird: BERT with attention between blocks.
 *
 * @param blockSparse whether long passes see some blocks alone
 * @param blockSize tokens of a block
 * @param numRandomBlocks random blocks that a token sees
 * @param scaledEmbedding whether tokens' vectors are multiplied by the root of the width
 */
public record BigBirdConfig(
    EncoderSizes sizes,
    boolean blockSparse,
    int blockSize,
    int numRandomBlocks,
    boolean scaledEmbedding)
    implements EncoderConfig {
  private static final String TYPE = "attention_type";
  private static final String SPARSE = "block_sparse";
  private static final String FULL = "original_full";

  /** Reads a config.json. */
  public static BigBirdConfig parse(ConfigReader json) {
    String type = json.stringOr(TYPE, SPARSE);
    if (!type.equals(SPARSE) && !type.equals(FULL)) {
      throw json.error(TYPE, "must be %s or %s, got %s".formatted(SPARSE, FULL, type));
    }
    if (json.boolOr("is_decoder", false)) {
      throw json.error("is_decoder", "must be false, BigBird as a decoder is not supported");
    }
    if (!json.boolOr("use_bias", true)) {
      throw json.error("use_bias", "must be true, projections without are not supported");
    }
    return new BigBirdConfig(
        EncoderSizes.parse(json, EncoderSizes.Keys.BERT),
        type.equals(SPARSE),
        json.intOr("block_size", 64, 1, Integer.MAX_VALUE),
        json.intOr("num_random_blocks", 3, 0, Integer.MAX_VALUE),
        json.boolOr("rescale_embeddings", false));
  }

  /** Whether a pass over this many tokens sees some blocks alone; shorter ones see everything. */
  boolean isSparse(int seqLen) {
    return blockSparse && seqLen > (5L + 2L * numRandomBlocks) * blockSize;
  }

  @Override
  public String modelType() {
    return "big_bird";
  }

  @Override
  public void write(ObjectNode json) {
    sizes.write(json, EncoderSizes.Keys.BERT);
    json.put(TYPE, blockSparse ? SPARSE : FULL)
        .put("block_size", blockSize)
        .put("num_random_blocks", numRandomBlocks)
        .put("rescale_embeddings", scaledEmbedding)
        .put("use_bias", true);
  }

  @Override
  public Vocabulary vocabularyHead() {
    return BertConfig.vocabularyHead(sizes);
  }

  @Override
  public HeadTransform pooler() {
    return HeadTransform.of("pooler", Activation.TANH).inside();
  }

  /** The head has layers of its own, which are not supported. */
  @Override
  public @Nullable String spanProjection() {
    return null;
  }

  @Override
  public String pairProjection() {
    return "cls.seq_relationship";
  }

  @Override
  public HeadTransform sequenceTransform() {
    return HeadTransform.of("classifier.dense", sizes.activation());
  }

  @Override
  public String sequenceProjection() {
    return "classifier.out_proj";
  }
}
