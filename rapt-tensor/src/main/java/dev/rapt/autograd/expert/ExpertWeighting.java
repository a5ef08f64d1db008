package dev.rapt.autograd.expert;

/** Weights of a token's chosen experts, as a function of the router's logits. */
public sealed interface ExpertWeighting {
  /**
   * The probabilities of the chosen experts in a softmax over all.
   *
   * @param normalise whether they are divided by their sum, as in Mixtral, arXiv:2401.04088; that
   *     equals a softmax over the chosen alone, as in gpt-oss and Granite
   * @param factor of the result
   */
  record Softmax(boolean normalise, float factor) implements ExpertWeighting {}

  /**
   * Sigmoids of the chosen experts' logits. DeepSeek-V3, arXiv:2412.19437, equations 12 to 15.
   *
   * @param normalise whether they are divided by their sum
   * @param factor of the result
   */
  record Sigmoid(boolean normalise, float factor) implements ExpertWeighting {}

  /**
   * SparseMixer of Phi-3.5-MoE with its choices made without noise: the weight of the i-th expert
   * is its probability in a softmax over those experts, without the ones chosen before, whose
   * logits s are near the best m of them: (m - s) / max(|s|, m) <= 2 jitter. arXiv:2409.12136.
   */
  record SparseMixer(float jitter) implements ExpertWeighting {}
}
