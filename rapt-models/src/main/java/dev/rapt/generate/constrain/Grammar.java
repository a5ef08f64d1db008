package dev.rapt.generate.constrain;

import dev.rapt.generate.constrain.automaton.Configurations;
import dev.rapt.generate.constrain.automaton.EmptyGrammarException;
import dev.rapt.generate.constrain.automaton.Machine;
import dev.rapt.generate.constrain.expression.CharSet;
import dev.rapt.generate.constrain.expression.Expr;
import dev.rapt.generate.constrain.expression.Rules;
import dev.rapt.generate.constrain.schema.SchemaCompiler;
import dev.rapt.generate.constrain.syntax.GbnfParser;
import dev.rapt.generate.constrain.syntax.RegexParser;
import dev.rapt.generate.options.JsonSpacing;
import dev.rapt.json.JsonTree;
import java.nio.charset.StandardCharsets;
import java.util.List;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.JsonNode;

/** A set of texts: those that a model may generate. Immutable and thread-safe. */
public final class Grammar {
  private static final JsonFactory JSON =
      JsonFactory.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();

  private final Rules rules;
  private final Machine machine;

  private Grammar(Rules rules) {
    this.rules = rules;
    machine = Machine.of(rules, CharSet.ALL);
  }

  /**
   * The texts that a grammar in llama.cpp's GBNF describes.
   *
   * @param source the grammar; its rule {@code root} is a whole text
   * @throws IllegalArgumentException if it is malformed, left-recursive or matches nothing; names
   *     the line
   */
  public static Grammar ofGbnf(String source) {
    return new Grammar(GbnfParser.parse(source));
  }

  /**
   * The texts that a regular expression matches as a whole.
   *
   * @param pattern in the syntax that Java and ECMAScript share, with the meaning of ECMAScript:
   *     {@code \\d} and {@code \\w} are ASCII, {@code \\s} is Unicode white space, the dot excludes
   *     line ends; anchors stand at the ends of alternatives. Look-around, back-references, word
   *     boundaries, inline flags, possessive quantifiers and operations on classes are refused
   * @throws IllegalArgumentException if it is malformed or has what is refused
   */
  public static Grammar ofRegex(String pattern) {
    return new Grammar(Rules.of(RegexParser.whole(pattern)));
  }

  /** The JSON texts of a schema, with at most one space after commas and colons. */
  public static Grammar ofJsonSchema(String schema) {
    return ofJsonSchema(schema, JsonSpacing.AFTER_SEPARATORS);
  }

  /**
   * The JSON texts that satisfy a JSON Schema (draft 2020-12). Properties come in the order of the
   * schema, after them those of its $ref, allOf, anyOf and oneOf, and at last others, unless
   * additionalProperties is false. Integers, and numbers with bounds, have no exponent.
   *
   * <p>Enforced are type, enum, const, $ref within the document, allOf, anyOf, oneOf with schemas
   * that exclude each other, properties, required, additionalProperties, minProperties,
   * maxProperties, items, prefixItems, minItems, maxItems, minLength, maxLength, pattern, format,
   * minimum, maximum, exclusiveMinimum, exclusiveMaximum and multipleOf. Annotations such as title
   * and description say nothing; all other keywords are refused.
   *
   * @param schema a JSON text; {@code {}} for any value, {@code {"type": "object"}} for any object
   * @param spacing the white space of the texts
   * @throws IllegalArgumentException if it is no JSON, malformed, satisfied by nothing, or has a
   *     keyword that cannot be enforced; names the place by a JSON pointer
   */
  public static Grammar ofJsonSchema(String schema, JsonSpacing spacing) {
    JsonNode document;
    try {
      document = JsonTree.read(JSON, schema.getBytes(StandardCharsets.UTF_8));
    } catch (JacksonException e) {
      throw new IllegalArgumentException(
          "schema: line %d, column %d: must be JSON, got %s"
              .formatted(
                  e.getLocation().getLineNr(),
                  e.getLocation().getColumnNr(),
                  e.getOriginalMessage()),
          e);
    }
    try {
      return new Grammar(SchemaCompiler.compile(document, spacing));
    } catch (EmptyGrammarException e) {
      throw new IllegalArgumentException(
          "schema: #: must be satisfied by at least one value, got one that none satisfies", e);
    }
  }

  /**
   * Exactly these texts.
   *
   * @throws IllegalArgumentException if there is none
   */
  public static Grammar ofChoices(List<String> texts) {
    if (texts.isEmpty()) {
      throw new IllegalArgumentException("choices: must be at least one text, got none");
    }
    return new Grammar(Rules.of(Expr.oneOf(texts)));
  }

  /** Whether a text is in the set. */
  public boolean matches(String text) {
    Configurations at = machine.start();
    for (byte next : text.getBytes(StandardCharsets.UTF_8)) {
      at = machine.step(at, next & 0xFF);
    }
    return at.hasEmpty();
  }

  /**
   * The automaton of the texts that need only some characters.
   *
   * @throws IllegalArgumentException if there is no such text
   */
  Machine machine(CharSet alphabet) {
    return alphabet.equals(CharSet.ALL) ? machine : Machine.of(rules, alphabet);
  }
}
