package dev.rapt.train;

import dev.rapt.model.CausalLm;
import dev.rapt.model.config.CausalConfig;
import dev.rapt.nn.Parameter;

/**
 * Floating-point operations that training needs by its definition, whatever an implementation
 * spends: 6 for each weight that multiplies and each token, and 12 L H E T in attention for a token
 * that sees T others (arXiv:2204.02311, appendix B). Look-up tables multiply nothing; a tied
 * embedding counts once, as the head.
 */
public final class TrainFlops {
  private TrainFlops() {}

  /** Operations of forward and backward pass for one token in sequences of this length. */
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
