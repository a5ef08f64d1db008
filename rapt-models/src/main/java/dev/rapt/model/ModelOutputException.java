package dev.rapt.model;

/**
 * A model put out numbers that no result can be made of, such as NaN; the message is a sentence.
 */
public final class ModelOutputException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Says what was to be made of the output, and what it was. */
  public ModelOutputException(String message) {
    super(message);
  }

  /**
   * For output that is NaN or infinite.
   *
   * @param what was computed: {@code logits}
   */
  public static ModelOutputException notFinite(String what, float got) {
    return new ModelOutputException(
        "%s: must be finite, got %s; the weights may be damaged, or of another model than config.json tells of"
            .formatted(what, got));
  }
}
