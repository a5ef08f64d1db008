package dev.rapt.model.encoder;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.kernel.Activation;
import dev.rapt.model.config.EncoderConfig;
import dev.rapt.model.config.EncoderSizes;
import dev.rapt.model.config.HeadTransform;
import dev.rapt.model.family.Family;
import dev.rapt.model.parts.EncoderParts;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.block.Stack;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * DistilBERT: as {@link Bert} with half the layers, without segment embeddings and without pooler.
 * arXiv:1910.01108.
 */
public final class DistilBert {
  /** {@code distilbert}. */
  public static final Family<Config, Backbone> FAMILY =
      new Family<>(
          "distilbert", "DistilBertForMaskedLM", "distilbert", Config::parse, DistilBert::build);

  /** What config.json of a DistilBERT says. */
  public record Config(EncoderSizes sizes) implements EncoderConfig {
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
    public static Config parse(ConfigReader json) {
      return new Config(EncoderSizes.parse(json, KEYS));
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

  private DistilBert() {}

  /**
   * Builds the model without its head from the parameters under {@code distilbert} of a checkpoint,
   * which stores the positions whether they were learned or are sinusoids.
   */
  public static Backbone build(Config config, ParameterSource source) {
    Bert bert = new Bert(new EncoderParts(config.sizes(), EncoderParts.Names.DISTILBERT));
    ParameterSource layers = source.at("transformer").at("layer");
    return new Stack(
        bert.embeddings(source.at("embeddings")),
        Stack.blocks(config.sizes().numLayers(), layers, bert::block),
        null);
  }
}
