package dev.rapt.train.shape;

import dev.rapt.model.CausalLm;
import dev.rapt.model.Model;
import dev.rapt.model.MultiTokenPrediction;
import dev.rapt.model.config.CausalConfig;
import dev.rapt.model.config.ModelConfig;
import dev.rapt.model.config.Seq2SeqConfig;
import dev.rapt.nn.Parameter;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Model FLOPs of training, independent of the implementation: for each token 6 per weight that
 * takes part in a product, and 12 L H E T in attention over T tokens (arXiv:2204.02311, appendix
 * B). A frozen weight has no gradient, which leaves 4. Embedding tables take part in none; a tied
 * embedding counts once, as the head.
 */
public final class TrainFlops {
  private static final double FORWARD_AND_BACKWARD = 4;
  private static final double WEIGHT_GRADIENT = 2;

  private TrainFlops() {}

  /**
   * FLOPs of the forward and backward pass for one token in sequences of this length. NaN for
   * encoder-decoders, whose tokens pass through different weights.
   *
   * @param updated the parameters that are trained
   */
  public static double perToken(Model model, List<Parameter> updated, int seqLen) {
    if (model.config() instanceof Seq2SeqConfig) {
      return Double.NaN;
    }
    Set<Parameter> tables = new HashSet<>(model.embeddings());
    if (model instanceof CausalLm causal && causal.config().tiedHead()) {
      tables.remove(causal.tokenEmbedding());
    }
    return FORWARD_AND_BACKWARD * numWeights(model.parameters(), tables)
        + WEIGHT_GRADIENT * numWeights(updated, tables)
        + 12.0 * attentionWidth(model.config()) * seqLen;
  }

  /** FLOPs for one token of a causal language model, all of whose weights are trained. */
  public static double perToken(CausalLm model, int seqLen) {
    return perToken(model, model.parameters().all(), seqLen);
  }

  /**
   * FLOPs for one token of a causal language model and of the modules that predict further tokens,
   * each of which computes logits of its own; all weights are trained.
   */
  public static double perToken(CausalLm model, MultiTokenPrediction further, int seqLen) {
    CausalConfig config = model.config();
    double head = (double) model.head().shape().numElements();
    double block = 12.0 * config.numHeads() * config.headDim() * seqLen;
    double perWeight = FORWARD_AND_BACKWARD + WEIGHT_GRADIENT;
    return perToken(model, seqLen)
        + perWeight * (double) further.parameters().numWeights()
        + further.count() * (perWeight * head + block);
  }

  private static double numWeights(Iterable<Parameter> parameters, Set<Parameter> leftOut) {
    long sum = 0;
    for (Parameter parameter : parameters) {
      sum += leftOut.contains(parameter) ? 0 : parameter.shape().numElements();
    }
    return sum;
  }

  /** L H E. */
  private static double attentionWidth(ModelConfig config) {
    return config instanceof CausalConfig causal
        ? (double) causal.numLayers() * causal.numHeads() * causal.headDim()
        : (double) config.numLayers() * config.hiddenSize();
  }
}
