package dev.rapt.model.encoder;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.model.config.EncoderConfig;
import dev.rapt.model.config.EncoderSizes;
import dev.rapt.model.config.HeadTransform;
import tools.jackson.databind.node.ObjectNode;

/**
 * BERT: learned positions, segments, post-norm blocks; and families that differ in the wiring
 * alone.
 *
 * @param isCausal whether it serves as a decoder
 */
public record BertConfig(EncoderSizes sizes, String modelType, boolean isCausal)
    implements EncoderConfig {
  /** BERT itself. */
  public BertConfig(EncoderSizes sizes, boolean isCausal) {
    this(sizes, "bert", isCausal);
  }

  /** Reads a config.json. */
  public static BertConfig parse(ConfigReader json) {
    return new BertConfig(
        EncoderSizes.parse(json, EncoderSizes.Keys.BERT),
        json.requireString("model_type"),
        json.boolOr("is_decoder", false));
  }

  @Override
  public void write(ObjectNode json) {
    sizes.write(json, EncoderSizes.Keys.BERT);
    json.put("is_decoder", isCausal);
  }

  @Override
  public Vocabulary vocabularyHead() {
    return vocabularyHead(sizes);
  }

  /** The head over the vocabulary as BERT and others have it. */
  public static Vocabulary vocabularyHead(EncoderSizes sizes) {
    String at = "cls.predictions";
    return new Vocabulary(
        HeadTransform.of(at + ".transform.dense", sizes.activation())
            .normed(at + ".transform.LayerNorm"),
        at + ".decoder",
        at + ".bias");
  }

  @Override
  public String pairProjection() {
    return "cls.seq_relationship";
  }
}
