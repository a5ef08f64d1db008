package dev.rapt.tokenizer.jinja;

/** A template that cannot be read, or that fails while it is rendered. */
public final class TemplateException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  private final String kind;
  private final String reason;
  private final int line;

  private TemplateException(String kind, String reason, int line) {
    super("chat template" + (line > 0 ? ", line " + line : "") + ": " + kind + ": " + reason);
    this.kind = kind;
    this.reason = reason;
    this.line = line;
  }

  /**
   * An error at a place that is not known yet.
   *
   * @param kind what Python calls it, like {@code TypeError}
   */
  static TemplateException of(String kind, String reason) {
    return new TemplateException(kind, reason, 0);
  }

  static TemplateException type(String reason) {
    return of("TypeError", reason);
  }

  static TemplateException value(String reason) {
    return of("ValueError", reason);
  }

  static TemplateException syntax(String reason, int line) {
    return new TemplateException("TemplateSyntaxError", reason, line);
  }

  /** This error at a line, unless it already names one. */
  TemplateException at(int place) {
    if (line > 0) {
      return this;
    }
    TemplateException placed = new TemplateException(kind, reason, place);
    placed.initCause(this);
    return placed;
  }

  /** What Python calls the error: {@code TemplateError} for {@code raise_exception}. */
  public String kind() {
    return kind;
  }

  /** What is wrong, without the place. */
  public String reason() {
    return reason;
  }

  /** Line of the template, from 1; 0 if unknown. */
  public int line() {
    return line;
  }
}
