package dev.rapt.model.config;

import dev.rapt.checkpoint.ConfigReader;
import tools.jackson.databind.node.ObjectNode;

/**
 * Probabilities to drop an element with, in training.
 *
 * @param embeddings of the sum of embeddings
 * @param residual of what each part of a block adds to the stream
 * @param attention of attention weights
 */
public record Dropouts(float embeddings, float residual, float attention) {
  /** Nothing is dropped. */
  public static final Dropouts NONE = all(0);

  /** Keys of GPT-2 and its kin. */
  private static final String EMBEDDINGS = "embd_pdrop", RESIDUAL = "resid_pdrop";

  private static final String ATTENTION = "attn_pdrop";

  /** The same everywhere. */
  public static Dropouts all(float probability) {
    return new Dropouts(probability, probability, probability);
  }

  /**
   * Reads three keys, which may be the same.
   *
   * @param defaultValue of each that the file does not have
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

  /** Reads the keys of GPT-2 and its kin. */
  public static Dropouts parse(ConfigReader json, double defaultValue) {
    return parse(json, EMBEDDINGS, RESIDUAL, ATTENTION, defaultValue);
  }

  /** Writes the keys of GPT-2 and its kin. */
  public void write(ObjectNode json) {
    json.put(RESIDUAL, exact(residual))
        .put(EMBEDDINGS, exact(embeddings))
        .put(ATTENTION, exact(attention));
  }

  private static double exact(float probability) {
    return Double.parseDouble(Float.toString(probability));
  }
}
