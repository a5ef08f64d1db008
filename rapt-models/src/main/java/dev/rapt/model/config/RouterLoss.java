package dev.rapt.model.config;

import dev.rapt.checkpoint.ConfigReader;

/**
 * What training adds to the loss so that experts get equally many tokens. arXiv:2101.03961, section
 * 2.2.
 *
 * @param factor of the balance loss; 0 for none
 * @param topK experts for each token
 */
public record RouterLoss(float factor, int topK) {
  /** No such loss. */
  public static final RouterLoss NONE = new RouterLoss(0, 0);

  /** {@code router_aux_loss_coef}, where {@code output_router_logits} asks for the loss. */
  public static RouterLoss parse(ConfigReader json, int topK) {
    return json.boolOr("output_router_logits", false)
        ? new RouterLoss((float) json.requireDouble("router_aux_loss_coef"), topK)
        : NONE;
  }
}
