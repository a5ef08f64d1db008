package dev.rapt.tokenizer.jinja;

/**
 * A token of a template.
 *
 * @param text the name, the operator, or text as it is
 * @param value of a literal; otherwise the text again
 * @param line from 1
 */
record Token(Kind kind, String text, Object value, int line) {
  enum Kind {
    TEXT,
    PRINT_BEGIN,
    PRINT_END,
    TAG_BEGIN,
    TAG_END,
    NAME,
    STRING,
    NUMBER,
    OPERATOR,
    END
  }

  Token(Kind kind, String text, int line) {
    this(kind, text, text, line);
  }

  boolean isName(String name) {
    return kind == Kind.NAME && text.equals(name);
  }

  boolean isOperator(String operator) {
    return kind == Kind.OPERATOR && text.equals(operator);
  }

  /** For messages. */
  String described() {
    return switch (kind) {
      case TEXT -> "template data";
      case END -> "end of template";
      case TAG_END -> "end of statement block";
      case PRINT_END -> "end of print statement";
      default -> text;
    };
  }
}
