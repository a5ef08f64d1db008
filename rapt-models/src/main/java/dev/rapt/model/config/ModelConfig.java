package dev.rapt.model.config;

import java.util.List;
import java.util.regex.Pattern;

/** What a model is, apart from its weights; each family has a record of its own. */
public interface ModelConfig {
  /** The family as {@code model_type} in config.json names it. */
  String modelType();

  /** V, ids the model knows. */
  int vocabSize();

  /** D, width of the residual stream. */
  int hiddenSize();

  /** L, number of blocks; of an encoder-decoder, in the decoder. */
  int numLayers();

  /** H, query heads. */
  int numHeads();

  /** Positions of a sequence the model was trained on. */
  int maxPositions();

  /** Whether the model cannot compute beyond {@link #maxPositions}, as with learned positions. */
  boolean endsAtMaxPositions();

  /** Standard deviation of fresh weights. */
  double initStd();

  /** Full names of tensors that published checkpoints hold and that this model does not use. */
  default List<Pattern> unusedTensors() {
    return List.of();
  }
}
