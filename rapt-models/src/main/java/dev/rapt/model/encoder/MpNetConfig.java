package dev.rapt.model.encoder;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.kernel.Activation;
import dev.rapt.model.config.EncoderConfig;
import dev.rapt.model.config.EncoderSizes;
import dev.rapt.model.config.HeadTransform;
import tools.jackson.databind.node.ObjectNode;

/**
 * MPNet: RoBERTa without segments, with scores by buckets of distance.
 *
 * @param numBuckets buckets of distances
 */
public record MpNetConfig(EncoderSizes sizes, int numBuckets) implements EncoderConfig {
  /** Row of the first position, less one, whatever the padding id is. */
  static final int POSITIONS_PAST = 1;

  /** Reads a config.json. */
  public static MpNetConfig parse(ConfigReader json) {
    EncoderSizes sizes = EncoderSizes.parse(json, EncoderSizes.Keys.BERT.withDefaults(0, 1e-12f));
    if (json.intOr("pad_token_id", 1) != POSITIONS_PAST) {
      throw json.error("pad_token_id", "must be 1, positions are counted from it");
    }
    return new MpNetConfig(
        sizes.withTokenTypes(0),
        json.intOr("relative_attention_num_buckets", 32, 4, Integer.MAX_VALUE));
  }

  @Override
  public String modelType() {
    return "mpnet";
  }

  @Override
  public int maxPositions() {
    return sizes.maxPositions() - POSITIONS_PAST - 1;
  }

  @Override
  public void write(ObjectNode json) {
    sizes.write(json, EncoderSizes.Keys.BERT);
    json.put("relative_attention_num_buckets", numBuckets);
  }

  @Override
  public Vocabulary vocabularyHead() {
    return RobertaConfig.vocabulary();
  }

  @Override
  public HeadTransform sequenceTransform() {
    return HeadTransform.of("classifier.dense", Activation.TANH);
  }

  @Override
  public String sequenceProjection() {
    return "classifier.out_proj";
  }
}
