package dev.rapt.model.config;

/** What a decoder is that predicts each next token. */
public interface CausalConfig extends ModelConfig {
  /** E, width of a query head. */
  int headDim();

  /** Whether the head reads the token embedding as its weight. */
  boolean tiedHead();

  /**
   * Whether the model counts positions itself, from the first token past the padding, as OPT does;
   * elsewhere the caller names them, or they count every column of a batch.
   */
  default boolean skipsPaddingPositions() {
    return false;
  }

  /** How hidden states become logits, apart from the product with the head's weight. */
  default HeadRule head() {
    return HeadRule.PLAIN;
  }

  /** Width of what the head reads. */
  default int headInputSize() {
    return hiddenSize();
  }

  /** Where the layer lies that classifies each token. */
  default String tokenProjection() {
    return "score";
  }

  /** The loss that keeps the routers of experts balanced; none in models without experts. */
  default RouterLoss routerLoss() {
    return RouterLoss.NONE;
  }
}
