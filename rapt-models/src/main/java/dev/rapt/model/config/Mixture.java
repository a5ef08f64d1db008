package dev.rapt.model.config;

import dev.rapt.autograd.expert.ExpertWeighting;
import dev.rapt.checkpoint.ConfigReader;

/**
 * A mixture of experts whose tokens go to those with the largest scores.
 *
 * @param numExperts X
 * @param topK experts for each token
 * @param intermediateSize F of an expert
 * @param weighting how much each of a token's experts contributes
 * @param routerLoss what training adds to keep experts balanced
 */
public record Mixture(
    int numExperts,
    int topK,
    int intermediateSize,
    ExpertWeighting weighting,
    RouterLoss routerLoss) {
  /** Probabilities that are divided by the sum of those of the chosen, as in most families. */
  public static final ExpertWeighting SOFTMAX = new ExpertWeighting.Softmax(true, 1);

  /**
   * Reads the sizes.
   *
   * @param sizeKey what the file calls the width of an expert
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

  /** Probabilities, divided by their sum if {@code norm_topk_prob} says so. */
  public static ExpertWeighting parseSoftmax(ConfigReader json) {
    return parseSoftmax(json, false);
  }

  /**
   * The same with another value where the file does not say.
   *
   * @param normalised whether they are divided by their sum then
   */
  public static ExpertWeighting parseSoftmax(ConfigReader json, boolean normalised) {
    return new ExpertWeighting.Softmax(json.boolOr("norm_topk_prob", normalised), 1);
  }
}
