package dev.rapt.tokenizer.jinja.text;

import dev.rapt.tokenizer.types.ChatTemplateException;

/** Creates the errors of templates, named as in Python and Jinja. */
public final class Errors {
  private Errors() {}

  /**
   * An error whose line is not known yet.
   *
   * @param kind its name in Python, like {@code TypeError}
   */
  public static ChatTemplateException of(String kind, String reason) {
    return new ChatTemplateException(kind, reason, 0);
  }

  public static ChatTemplateException type(String reason) {
    return of("TypeError", reason);
  }

  public static ChatTemplateException value(String reason) {
    return of("ValueError", reason);
  }

  public static ChatTemplateException syntax(String reason, int line) {
    return new ChatTemplateException("TemplateSyntaxError", reason, line);
  }

  /** Returns the error with the number of the message that was rendered, from 1. */
  public static ChatTemplateException inMessage(int message, ChatTemplateException error) {
    ChatTemplateException placed =
        new ChatTemplateException(error.kind(), error.reason(), error.line(), message);
    placed.initCause(error);
    return placed;
  }

  /** Returns the error with a line, unless it already names one. */
  public static ChatTemplateException at(int line, ChatTemplateException error) {
    if (error.line() > 0) {
      return error;
    }
    ChatTemplateException placed = new ChatTemplateException(error.kind(), error.reason(), line);
    placed.initCause(error);
    return placed;
  }
}
