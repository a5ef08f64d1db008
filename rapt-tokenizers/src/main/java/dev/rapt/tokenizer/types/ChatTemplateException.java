package dev.rapt.tokenizer.types;

import java.util.Map;
import java.util.regex.Pattern;

/** A chat template that is not well formed, or that fails or refuses the conversation. */
public final class ChatTemplateException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  /** The name of the error. */
  private final String kind;

  /** The reason, without the place. */
  private final String reason;

  /** Line of the template, from 1; 0 if unknown. */
  private final int line;

  /** Number of the message, from 1; 0 if unknown. */
  private final int message;

  /** Words for the types of Python that its errors name. */
  private static final Map<String, String> TYPES =
      Map.of(
          "NoneType", "null",
          "str", "a string",
          "int", "a whole number",
          "float", "a number",
          "bool", "a boolean",
          "list", "a list",
          "tuple", "a tuple",
          "dict", "an object");

  private static final Pattern TYPE =
      Pattern.compile(
          "(['\"]?)\\b(" + String.join("|", TYPES.keySet()) + ")\\b( object)?\\1( object)?");

  /**
   * Creates an error.
   *
   * @param kind name of the error in Jinja or Python, like {@code TypeError}
   * @param reason the reason, without the line
   * @param line line of the template, from 1; 0 if unknown
   */
  public ChatTemplateException(String kind, String reason, int line) {
    this(kind, reason, line, 0);
  }

  /**
   * Creates an error.
   *
   * @param kind name of the error in Jinja or Python, like {@code TypeError}
   * @param reason the reason, without the line
   * @param line line of the template, from 1; 0 if unknown
   * @param message number of the message that was rendered, from 1; 0 if unknown
   */
  public ChatTemplateException(String kind, String reason, int line, int message) {
    super(
        "chat template"
            + (line > 0 ? ", line " + line : "")
            + ": "
            + problem(kind, reason, message == 0 ? "the conversation" : "message " + message));
    this.kind = kind;
    this.reason = reason;
    this.line = line;
    this.message = message;
  }

  private static String problem(String kind, String reason, String rendered) {
    return switch (kind) {
      case "TemplateSyntaxError", "TemplateAssertionError" ->
          "must be a template that can be read, got: " + reason + "; correct the template";
      case "TemplateError" ->
          "must accept %s, but refuses it: %s; change it".formatted(rendered, reason);
      default ->
          "must render %s, but %s; give it what the template reads, or correct the template"
              .formatted(rendered, TYPE.matcher(reason).replaceAll(m -> TYPES.get(m.group(2))));
    };
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

  /** {@return the number of the message that was rendered, from 1; 0 if unknown} */
  public int message() {
    return message;
  }
}
