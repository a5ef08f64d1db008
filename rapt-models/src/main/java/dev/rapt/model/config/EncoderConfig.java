package dev.rapt.model.config;

import java.util.OptionalInt;
import tools.jackson.databind.node.ObjectNode;

/** What an encoder is that sees a whole text at once. */
public interface EncoderConfig extends ModelConfig, EncoderHeads {
  /** The sizes. */
  EncoderSizes sizes();

  /** Writes the keys by which a Hugging Face config.json describes this model. */
  void write(ObjectNode json);

  /** Whether a token sees only what precedes it, as when BERT serves as a decoder. */
  default boolean isCausal() {
    return false;
  }

  /**
   * In families with global tokens, the token that ends a question: which tokens of a pair of texts
   * are global follows from it. Empty in others.
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
