package dev.rapt.model.config;

import java.util.OptionalInt;
import tools.jackson.databind.node.ObjectNode;

/** The configuration of an encoder-only model, which reads a whole text in both directions. */
public interface EncoderConfig extends ModelConfig, EncoderHeads {
  /** Sizes and values that all encoders have. */
  EncoderSizes sizes();

  /** Writes the keys by which a Hugging Face config.json describes this model. */
  void write(ObjectNode json);

  /** Whether a token sees only itself and earlier tokens, as in a BERT used as a decoder. */
  default boolean isCausal() {
    return false;
  }

  /**
   * The token that ends the question, in families with global tokens: in question answering, the
   * tokens of the question are global. Empty in other families.
   */
  default OptionalInt globalSeparator() {
    return OptionalInt.empty();
  }

  @Override
  default int vocabSize() {
    return sizes().vocabSize();
  }

  @Override
  default int hiddenSize() {
    return sizes().hiddenSize();
  }

  @Override
  default int numLayers() {
    return sizes().numLayers();
  }

  @Override
  default int numHeads() {
    return sizes().numHeads();
  }

  @Override
  default int maxPositions() {
    return sizes().maxPositions();
  }

  @Override
  default boolean endsAtMaxPositions() {
    return true;
  }

  @Override
  default double initStd() {
    return sizes().initStd();
  }
}
