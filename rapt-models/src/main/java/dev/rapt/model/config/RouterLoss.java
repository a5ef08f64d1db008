package dev.rapt.model.config;

import dev.rapt.checkpoint.ConfigReader;

/**
 * Load-balancing loss: added in training so that experts get similar numbers of tokens.
 * arXiv:2101.03961, section 2.2.
 *
 * @param factor factor of the load-balancing loss; 0 for none
 * @param topK experts per token
 */
public record RouterLoss(float factor, int topK) {
  /** No load-balancing loss. */
  public static final RouterLoss NONE = new RouterLoss(0, 0);

  /**
   * Reads {@code router_aux_loss_coef} if {@code output_router_logits} is true; else there is no
   * loss.
   */
  public static RouterLoss parse(ConfigReader json, int topK) {
    return json.boolOr("output_router_logits", false)
        ? new RouterLoss((float) json.requireDouble("router_aux_loss_coef"), topK)
        : NONE;
  }
}
