package dev.rapt.generate.constrain.schema;

import java.math.BigDecimal;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * A schema within a document.
 *
 * @param json an object, or a boolean
 * @param pointer where it is, as a URI fragment: {@code #/properties/name}
 * @param part which of its keywords count
 */
record SchemaNode(JsonNode json, String pointer, Part part) {
  /** Which keywords count. */
  enum Part {
    /** All. */
    WHOLE,
    /** All but those that apply other schemas to the same value. */
    ALONE,
    /** Those of ALONE but enum and const. */
    WITHOUT_VALUES
  }

  private static final Set<String> ANNOTATIONS =
      Set.of(
          "title",
          "description",
          "default",
          "examples",
          "deprecated",
          "readOnly",
          "writeOnly",
          "$comment",
          "$schema",
          "$defs",
          "definitions",
          "contentEncoding",
          "contentMediaType",
          "contentSchema",
          "discriminator");

  private static final Set<String> ENFORCED =
      Set.of(
          "type",
          "enum",
          "const",
          "$ref",
          "allOf",
          "anyOf",
          "oneOf",
          "properties",
          "required",
          "additionalProperties",
          "minProperties",
          "maxProperties",
          "items",
          "prefixItems",
          "minItems",
          "maxItems",
          "minLength",
          "maxLength",
          "pattern",
          "format",
          "minimum",
          "maximum",
          "exclusiveMinimum",
          "exclusiveMaximum",
          "multipleOf");

  static SchemaNode root(JsonNode json) {
    return new SchemaNode(json, "#", Part.WHOLE);
  }

  /** This schema with other keywords counting. */
  SchemaNode only(Part keywords) {
    return new SchemaNode(json, pointer, keywords);
  }

  /** A name that no other schema, or part of one, has. */
  String key() {
    return switch (part) {
      case WHOLE -> pointer;
      case ALONE -> pointer + " alone";
      case WITHOUT_VALUES -> pointer + " without values";
    };
  }

  /**
   * Refuses what cannot be enforced.
   *
   * @throws IllegalArgumentException if it is neither object nor boolean, or has such a keyword
   */
  void check() {
    if (json.isBoolean()) {
      return;
    }
    if (!json.isObject()) {
      throw error("must be a schema, an object or a boolean, got " + json.getNodeType());
    }
    for (String name : json.propertyNames()) {
      JsonNode value = json.get(name);
      boolean says =
          !(ENFORCED.contains(name) || ANNOTATIONS.contains(name) || name.startsWith("x-"))
              && !(name.equals("$id") && pointer.equals("#"))
              && !(name.equals("uniqueItems") && value.isBoolean() && !value.booleanValue());
      if (says) {
        throw error(
            name,
            "must be left out, since generation cannot enforce it; express it otherwise or check"
                + " the result");
      }
    }
  }

  /** The value of a keyword; null if it is absent or does not count. */
  @Nullable JsonNode get(String keyword) {
    return json.isObject() ? json.get(keyword) : null;
  }

  /** The schema that is the value of a keyword. */
  SchemaNode at(String keyword) {
    return child(json.get(keyword), keyword);
  }

  /** The schema of an entry of a keyword's object or array. */
  SchemaNode at(String keyword, String entry) {
    JsonNode all = json.get(keyword);
    JsonNode value = all.isArray() ? all.get(Integer.parseInt(entry)) : all.get(entry);
    return child(value, keyword + "/" + escaped(entry));
  }

  private SchemaNode child(JsonNode value, String path) {
    return new SchemaNode(value, pointer + "/" + path, Part.WHOLE);
  }

  private static String escaped(String name) {
    return name.replace("~", "~0").replace("/", "~1");
  }

  /** A keyword that counts something; null if it is absent. */
  @Nullable Integer count(String keyword) {
    BigDecimal number = number(keyword);
    if (number == null) {
      return null;
    }
    if (number.signum() < 0 || number.stripTrailingZeros().scale() > 0) {
      throw error(keyword, "must be an integer of at least 0, got " + number.toPlainString());
    }
    return number.min(BigDecimal.valueOf(Integer.MAX_VALUE)).intValueExact();
  }

  /** A keyword whose value is a number; null if it is absent. */
  @Nullable BigDecimal number(String keyword) {
    JsonNode value = get(keyword);
    if (value == null) {
      return null;
    }
    if (!value.isNumber() || (value.isDouble() && !Double.isFinite(value.doubleValue()))) {
      throw error(keyword, "must be a number, got " + value);
    }
    return value.decimalValue();
  }

  IllegalArgumentException error(String problem) {
    return new IllegalArgumentException("schema: %s: %s".formatted(pointer, problem));
  }

  IllegalArgumentException error(String keyword, String problem) {
    return new IllegalArgumentException(
        "schema: %s/%s: %s".formatted(pointer, escaped(keyword), problem));
  }
}
