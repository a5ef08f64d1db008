package dev.rapt.model.config;

import dev.rapt.checkpoint.ConfigReader;
import tools.jackson.databind.node.ObjectNode;

/**
 * Dropout probabilities, used in training.
 *
 * @param embeddings for the sum of embeddings
 * @param residual for what each layer of a block adds to the residual stream
 * @param attention for attention weights
 */
public record Dropouts(float embeddings, float residual, float attention) {
  /** No dropout. */
  public static final Dropouts NONE = all(0);

  /** Keys of GPT-2 and similar families. */
  private static final String EMBEDDINGS = "embd_pdrop", RESIDUAL = "resid_pdrop";

  private static final String ATTENTION = "attn_pdrop";

  /** Returns the same probability everywhere. */
  public static Dropouts all(float probability) {
    return new Dropouts(probability, probability, probability);
  }

  /**
   * Reads the probabilities under three keys, which may be the same.
   *
   * @param defaultValue probability where a key is absent
   */
  public static Dropouts parse(
      ConfigReader json,
      String embeddings,
      String residual,
      String attention,
      double defaultValue) {
    return new Dropouts(
        json.dropoutOr(embeddings, defaultValue),
        json.dropoutOr(residual, defaultValue),
        json.dropoutOr(attention, defaultValue));
  }

  /** Reads the keys of GPT-2 and similar families. */
  public static Dropouts parse(ConfigReader json, double defaultValue) {
    return parse(json, EMBEDDINGS, RESIDUAL, ATTENTION, defaultValue);
  }

  /** Writes the keys of GPT-2 and similar families. */
  public void write(ObjectNode json) {
    json.put(RESIDUAL, exact(residual))
        .put(EMBEDDINGS, exact(embeddings))
        .put(ATTENTION, exact(attention));
  }

  private static double exact(float probability) {
    return Double.parseDouble(Float.toString(probability));
  }
}
