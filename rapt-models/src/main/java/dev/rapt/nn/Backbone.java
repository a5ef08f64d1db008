package dev.rapt.nn;

import dev.rapt.tensor.Tensor;
import java.util.List;

/** A model without its head: embeddings, blocks, final norm. */
public interface Backbone {
  /** Maps ids (B, T) to the last hidden state (B, T, D), after the final norm. */
  Tensor forward(Tensor ids, Pass pass);

  /**
   * Runs this as the encoder of an encoder-decoder, over source ids (B, S).
   *
   * @param pass a bidirectional pass
   */
  default EncoderOutput encode(Tensor ids, Pass pass) {
    return new EncoderOutput(forward(ids, pass), pass.lengths());
  }

  /** The token embedding (V, D). */
  Parameter tokenEmbedding();

  /** Returns the embedding tables (tokens, positions, segments), the token embedding first. */
  default List<Parameter> embeddings() {
    return List.of(tokenEmbedding());
  }
}
