package dev.rapt.model.config;

/** Configuration of a decoder that predicts each next token. */
public interface CausalConfig extends ModelConfig {
  /** Returns E, the width of a query head. */
  int headDim();

  /** Returns whether the embeddings are tied: the head's weight is the token embedding. */
  boolean tiedHead();

  /**
   * Returns whether the model numbers positions itself, from the first token after left padding, as
   * OPT does. Other models take the positions of the pass, or by default the columns of the batch.
   */
  default boolean skipsPaddingPositions() {
    return false;
  }

  /** Returns name, bias, scale and soft-capping of the head. */
  default HeadRule head() {
    return HeadRule.PLAIN;
  }

  /** Returns the width of the head's input. */
  default int headInputSize() {
    return hiddenSize();
  }

  /** Returns the name of the layer that classifies tokens. */
  default String tokenProjection() {
    return "score";
  }

  /** Returns the load-balancing loss of the routers; none in models without experts. */
  default RouterLoss routerLoss() {
    return RouterLoss.NONE;
  }
}
