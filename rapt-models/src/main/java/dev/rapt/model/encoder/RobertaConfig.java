package dev.rapt.model.encoder;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.kernel.Activation;
import dev.rapt.model.config.EncoderConfig;
import dev.rapt.model.config.EncoderSizes;
import dev.rapt.model.config.HeadTransform;
import tools.jackson.databind.node.ObjectNode;

/** RoBERTa, XLM-R and CamemBERT: BERT whose positions are counted from past the padding id. */
public record RobertaConfig(EncoderSizes sizes, String modelType, boolean isCausal)
    implements EncoderConfig {
  /** Reads a config.json. */
  public static RobertaConfig parse(ConfigReader json) {
    EncoderSizes sizes = EncoderSizes.parse(json, EncoderSizes.Keys.BERT.withDefaults(2, 1e-12f));
    if (sizes.padTokenId() < 0) {
      throw json.error("pad_token_id", "must be given, positions are counted from it");
    }
    return new RobertaConfig(
        sizes, json.requireString("model_type"), json.boolOr("is_decoder", false));
  }

  @Override
  public int maxPositions() {
    return sizes.maxPositions() - sizes.padTokenId() - 1;
  }

  @Override
  public void write(ObjectNode json) {
    sizes.write(json, EncoderSizes.Keys.BERT);
    json.put("is_decoder", isCausal);
  }

  @Override
  public Vocabulary vocabularyHead() {
    return vocabulary();
  }

  /** The head over the vocabulary as RoBERTa and others have it. */
  public static Vocabulary vocabulary() {
    return new Vocabulary(
        HeadTransform.of("lm_head.dense", Activation.GELU).normed("lm_head.layer_norm"),
        "lm_head.decoder",
        "lm_head.bias");
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
