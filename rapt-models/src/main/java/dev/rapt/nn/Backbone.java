package dev.rapt.nn;

import dev.rapt.tensor.Tensor;

/** A model up to and without its head. */
public interface Backbone {
  /** Maps ids (B, T) to the last hidden state (B, T, D), after the final norm. */
  Tensor forward(Tensor ids, Pass pass);

  /** The token embedding (V, D). */
  Parameter tokenEmbedding();
}
