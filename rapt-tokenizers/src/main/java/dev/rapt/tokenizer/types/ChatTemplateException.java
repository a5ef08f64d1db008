package dev.rapt.tokenizer.types;

/** A chat template that is not well formed, or that fails or refuses the conversation. */
public final class ChatTemplateException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  /** The name of the error. */
  private final String kind;

  /** The reason, without the place. */
  private final String reason;

  /** Line of the template, from 1; 0 if unknown. */
  private final int line;

  /**
   * Creates an error.
   *
   * @param kind what Jinja or Python calls the error, like {@code TypeError}
   * @param reason what is wrong, without the place
   * @param line line of the template, from 1; 0 if unknown
   */
  public ChatTemplateException(String kind, String reason, int line) {
    super("chat template" + (line > 0 ? ", line " + line : "") + ": " + kind + ": " + reason);
    this.kind = kind;
    this.reason = reason;
    this.line = line;
  }

  /**
   * Returns what Jinja or Python calls the error: {@code TemplateSyntaxError}, {@code TypeError},
   * or {@code TemplateError} where the template called {@code raise_exception}.
   */
  public String kind() {
    return kind;
  }

  /** Returns what is wrong, without the place. */
  public String reason() {
    return reason;
  }

  /** Returns the line of the template, from 1; 0 if unknown. */
  public int line() {
    return line;
  }
}
