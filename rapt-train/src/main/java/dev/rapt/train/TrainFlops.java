package dev.rapt.train;

import dev.rapt.model.CausalLm;
import dev.rapt.model.config.CausalConfig;
import dev.rapt.nn.Parameter;

/**
 * Model FLOPs of training, independent of the implementation: for each token 6 per weight that
 * takes part in a product, and 12 L H E T in attention over T tokens (arXiv:2204.02311, appendix
 * B). Embedding tables take part in none; a tied embedding counts once, as the head.
 */
public final class TrainFlops {
  private TrainFlops() {}

  /** FLOPs of the forward and backward pass for one token in sequences of this length. */
  public static double perToken(CausalLm model, int seqLen) {
    CausalConfig config = model.config();
    long weights = 0;
    for (Parameter parameter : model.parameters()) {
      weights += parameter.shape().numElements();
    }
    for (Parameter table : model.embeddings()) {
      boolean isHead = config.tiedHead() && table == model.tokenEmbedding();
      weights -= isHead ? 0 : table.value().numElements();
    }
    return 6.0 * weights
        + 12.0 * config.numLayers() * config.numHeads() * config.headDim() * seqLen;
  }
}
