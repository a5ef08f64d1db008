package dev.rapt.autograd.expert;

/** Routing weights of a token's chosen experts as a function of the router's logits. */
public sealed interface ExpertWeighting {
  /**
   * Probabilities of the chosen experts in a softmax over all experts.
   *
   * @param normalise whether they are divided by their sum, as in Mixtral, arXiv:2401.04088; that
   *     equals a softmax over the chosen experts only, as in gpt-oss and Granite
   * @param factor multiplied with the weights
   */
  record Softmax(boolean normalise, float factor) implements ExpertWeighting {}

  /**
   * Sigmoids of the chosen experts' logits. DeepSeek-V3, arXiv:2412.19437, equations 12 to 15.
   *
   * @param normalise whether they are divided by their sum
   * @param factor multiplied with the weights
   */
  record Sigmoid(boolean normalise, float factor) implements ExpertWeighting {}

  /**
   * SparseMixer of Phi-3.5-MoE without sampling noise: the weight of the i-th chosen expert is its
   * probability in a softmax over the experts not chosen before whose logits s are near the largest
   * of them, m: {@code (m - s) / max(|s|, m) <= 2 jitter}. arXiv:2409.12136.
   */
  record SparseMixer(float jitter) implements ExpertWeighting {}
}
