package dev.rapt.model.config;

import dev.rapt.autograd.expert.ExpertWeighting;
import dev.rapt.checkpoint.ConfigReader;

/**
 * Configuration of a mixture of experts with top-k routing.
 *
 * @param numExperts X
 * @param topK experts per token
 * @param intermediateSize F of an expert
 * @param weighting weights of a token's experts
 * @param routerLoss load-balancing loss, in training
 */
public record Mixture(
    int numExperts,
    int topK,
    int intermediateSize,
    ExpertWeighting weighting,
    RouterLoss routerLoss) {
  /** Softmax probabilities, normalised over the selected experts, as in most families. */
  public static final ExpertWeighting SOFTMAX = new ExpertWeighting.Softmax(true, 1);

  /**
   * Reads the sizes from a config.json.
   *
   * @param sizeKey key of the width inside an expert
   */
  public static Mixture parse(ConfigReader json, String sizeKey, ExpertWeighting weighting) {
    String expertsKey = json.has("num_local_experts") ? "num_local_experts" : "num_experts";
    int numExperts = json.requireInt(expertsKey, 1, 1 << 16);
    int topK = json.requireInt("num_experts_per_tok", 1, numExperts);
    return new Mixture(
        numExperts,
        topK,
        json.requireInt(sizeKey, 1, Integer.MAX_VALUE),
        weighting,
        RouterLoss.parse(json, topK));
  }

  /**
   * Reads {@code norm_topk_prob}: whether softmax probabilities are normalised over the selected
   * experts; false by default.
   */
  public static ExpertWeighting parseSoftmax(ConfigReader json) {
    return parseSoftmax(json, false);
  }

  /**
   * Reads {@code norm_topk_prob} with this default.
   *
   * @param normalised whether probabilities are normalised by default
   */
  public static ExpertWeighting parseSoftmax(ConfigReader json, boolean normalised) {
    return new ExpertWeighting.Softmax(json.boolOr("norm_topk_prob", normalised), 1);
  }
}
