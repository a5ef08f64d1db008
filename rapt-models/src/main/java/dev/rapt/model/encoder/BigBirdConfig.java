package dev.rapt.model.encoder;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.kernel.Activation;
import dev.rapt.model.config.EncoderConfig;
import dev.rapt.model.config.EncoderSizes;
import dev.rapt.model.config.HeadTransform;
import java.util.OptionalInt;
import tools.jackson.databind.node.ObjectNode;

/**
 * BigBird: BERT with attention between blocks.
 *
 * @param blocks which blocks see which
 * @param scaledEmbedding whether tokens' vectors are multiplied by the root of the width
 * @param separatorId the token that ends a question
 */
public record BigBirdConfig(
    EncoderSizes sizes, BlockSparsity blocks, boolean scaledEmbedding, int separatorId)
    implements EncoderConfig {

  /** Reads a config.json. */
  public static BigBirdConfig parse(ConfigReader json) {
    if (json.boolOr("is_decoder", false)) {
      throw json.error("is_decoder", "must be false, BigBird as a decoder is not supported");
    }
    if (!json.boolOr("use_bias", true)) {
      throw json.error("use_bias", "must be true, projections without are not supported");
    }
    EncoderSizes sizes =
        EncoderSizes.parse(json, EncoderSizes.Keys.BERT)
            .withGeluTanhByDefault(json, EncoderSizes.Keys.BERT);
    return new BigBirdConfig(
        sizes,
        BlockSparsity.parse(json),
        json.boolOr("rescale_embeddings", false),
        json.intOr("sep_token_id", Math.min(66, sizes.vocabSize() - 1), 0, sizes.vocabSize() - 1));
  }

  @Override
  public String modelType() {
    return "big_bird";
  }

  @Override
  public void write(ObjectNode json) {
    sizes.write(json, EncoderSizes.Keys.BERT);
    blocks.write(json);
    json.put("rescale_embeddings", scaledEmbedding)
        .put("use_bias", true)
        .put("sep_token_id", separatorId);
  }

  @Override
  public Vocabulary vocabularyHead() {
    return BertConfig.vocabularyHead(sizes);
  }

  @Override
  public HeadTransform pooler() {
    return HeadTransform.of("pooler", Activation.TANH).inside();
  }

  @Override
  public String spanProjection() {
    return "qa_classifier.qa_outputs";
  }

  @Override
  public SpanMlp spanMlp() {
    return new SpanMlp(
        "qa_classifier.intermediate.dense",
        "qa_classifier.output.dense",
        "qa_classifier.output.LayerNorm");
  }

  @Override
  public OptionalInt questionEnd() {
    return OptionalInt.of(separatorId);
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
