package dev.rapt.generate.constrain.schema;

import dev.rapt.generate.constrain.automaton.Lowering;
import dev.rapt.generate.constrain.expression.CharSet;
import dev.rapt.generate.constrain.expression.Expr;
import dev.rapt.generate.constrain.regular.Fsa;
import dev.rapt.generate.constrain.syntax.RegexParser;
import tools.jackson.databind.JsonNode;

/** The contents of strings that satisfy length, pattern and format. */
final class StringContent {
  private static final Expr ANY = new Expr.Chars(CharSet.ALL);

  private StringContent() {}

  /** The contents, as an automaton over characters. */
  static Fsa of(Conjunction schema) {
    Fsa content = automaton(length(schema, ANY));
    for (SchemaNode node : schema.nodes()) {
      JsonNode pattern = node.get("pattern");
      if (pattern != null) {
        content = content.and(pattern(node, pattern));
      }
      JsonNode format = node.get("format");
      if (format != null) {
        content = content.and(format(node, format));
      }
    }
    return content;
  }

  /** As many characters as the lengths allow. */
  static Expr length(Conjunction schema, Expr character) {
    int least = schema.least("minLength");
    Integer greatest = schema.greatest("maxLength");
    if (greatest != null && greatest < least) {
      return Expr.NONE;
    }
    return new Expr.Repeat(character, least, greatest == null ? Expr.Repeat.UNBOUNDED : greatest);
  }

  private static Fsa pattern(SchemaNode node, JsonNode pattern) {
    if (!pattern.isString()) {
      throw node.error("pattern", "must be a regular expression, got " + pattern);
    }
    try {
      return automaton(RegexParser.found(pattern.stringValue()));
    } catch (IllegalArgumentException e) {
      throw node.error("pattern", String.valueOf(e.getMessage()));
    }
  }

  private static Fsa format(SchemaNode node, JsonNode format) {
    if (!format.isString() || !JsonFormats.names().contains(format.stringValue())) {
      throw node.error(
          "format", "must be one of %s, got %s".formatted(JsonFormats.names(), format));
    }
    return JsonFormats.of(format.stringValue());
  }

  private static Fsa automaton(Expr expr) {
    return Fsa.of(Lowering.codePoints(expr));
  }
}
