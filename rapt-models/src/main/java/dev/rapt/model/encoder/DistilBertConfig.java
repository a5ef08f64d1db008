package dev.rapt.model.encoder;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.kernel.Activation;
import dev.rapt.model.config.EncoderConfig;
import dev.rapt.model.config.EncoderSizes;
import dev.rapt.model.config.HeadTransform;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** DistilBERT: BERT without segments and pooler. */
public record DistilBertConfig(EncoderSizes sizes) implements EncoderConfig {
  private static final EncoderSizes.Keys KEYS =
      new EncoderSizes.Keys(
          "dim",
          "n_layers",
          "n_heads",
          "hidden_dim",
          "activation",
          "layer_norm_eps",
          "dropout",
          "attention_dropout",
          0,
          1e-12f);

  /** Reads a config.json. */
  public static DistilBertConfig parse(ConfigReader json) {
    return new DistilBertConfig(EncoderSizes.parse(json, KEYS));
  }

  @Override
  public String modelType() {
    return "distilbert";
  }

  @Override
  public void write(ObjectNode json) {
    sizes.write(json, KEYS);
  }

  @Override
  public Vocabulary vocabularyHead() {
    return new Vocabulary(
        HeadTransform.of("vocab_transform", sizes.activation()).normed("vocab_layer_norm"),
        "vocab_projector",
        "vocab_projector.bias");
  }

  @Override
  public @Nullable HeadTransform pooler() {
    return null;
  }

  @Override
  public HeadTransform sequenceTransform() {
    return HeadTransform.of("pre_classifier", Activation.RELU);
  }

  @Override
  public HeadTransform choiceTransform() {
    return sequenceTransform();
  }
}
