package dev.rapt.model.config;

import java.util.List;
import java.util.regex.Pattern;

/** Configuration of a model; each family has its own record. */
public interface ModelConfig {
  /** Returns {@code model_type}, the name of the family in config.json. */
  String modelType();

  /** Returns V, the vocabulary size. */
  int vocabSize();

  /** Returns D, the width of the residual stream. */
  int hiddenSize();

  /** Returns L, the number of blocks; in an encoder-decoder, those of the decoder. */
  int numLayers();

  /** Returns H, the number of query heads. */
  int numHeads();

  /** Returns the context length of training, in tokens. */
  int maxPositions();

  /**
   * Returns whether sequences must not be longer than {@link #maxPositions}, as with learned
   * absolute positions.
   */
  boolean endsAtMaxPositions();

  /** Returns the standard deviation of randomly initialised weights. */
  double initStd();

  /**
   * Returns patterns for the full names of tensors that published checkpoints hold and this model
   * does not use.
   */
  default List<Pattern> unusedTensors() {
    return List.of();
  }
}
