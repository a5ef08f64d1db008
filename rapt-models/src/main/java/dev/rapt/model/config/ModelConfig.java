package dev.rapt.model.config;

import tools.jackson.databind.node.ObjectNode;

/** What a model is, apart from its weights: one record for each family. */
public sealed interface ModelConfig permits DecoderConfig, Gpt2Config, LlamaConfig {
  /** The family as {@code model_type} in config.json names it. */
  String modelType();

  /** V, ids the model knows. */
  int vocabSize();

  /** D, width of the residual stream. */
  int hiddenSize();

  /** L, number of blocks. */
  int numLayers();

  /** H, query heads. */
  int numHeads();

  /** E, width of a head. */
  int headDim();

  /** Positions of a sequence the model was trained on. */
  int maxPositions();

  /** Whether the model cannot compute beyond {@link #maxPositions}, as with learned positions. */
  boolean endsAtMaxPositions();

  /** Whether the head reads the token embedding as its weight. */
  boolean tiedHead();

  /** Standard deviation of fresh weights. */
  double initStd();

  /** Writes the keys by which a Hugging Face config.json describes this model. */
  void write(ObjectNode json);

  /** The same model for another vocabulary. */
  ModelConfig withVocabSize(int size);
}
