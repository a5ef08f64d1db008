package dev.rapt.model;

/** The output of a model cannot be used, for instance because it is NaN. */
public final class ModelOutputException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Creates an exception with this message. */
  public ModelOutputException(String message) {
    super(message);
  }

  /**
   * Creates an exception for output that is NaN or infinite.
   *
   * @param what name of the output: {@code logits}
   */
  public static ModelOutputException notFinite(String what, float got) {
    return new ModelOutputException(
        "%s: must be finite, got %s; the weights may be damaged or may not match config.json"
            .formatted(what, got));
  }
}
