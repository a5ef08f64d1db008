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
   * @param kind name of the error in Jinja or Python, like {@code TypeError}
   * @param reason the reason, without the line
   * @param line line of the template, from 1; 0 if unknown
   */
  public ChatTemplateException(String kind, String reason, int line) {
    super("chat template" + (line > 0 ? ", line " + line : "") + ": " + kind + ": " + reason);
    this.kind = kind;
    this.reason = reason;
    this.line = line;
  }

  /**
   * Returns the name of the error in Jinja or Python: {@code TemplateSyntaxError}, {@code
   * TypeError}, or {@code TemplateError} if the template called {@code raise_exception}.
   *
   * @return the name
   */
  public String kind() {
    return kind;
  }

  /** {@return the reason, without the line} */
  public String reason() {
    return reason;
  }

  /** {@return the line of the template, from 1; 0 if unknown} */
  public int line() {
    return line;
  }
}
