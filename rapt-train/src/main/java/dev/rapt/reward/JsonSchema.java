package dev.rapt.reward;

import dev.rapt.checkpoint.CheckpointException;
import dev.rapt.checkpoint.JsonFiles;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.StringNode;

/**
 * A JSON Schema with the usual keywords of draft 2020-12 that need no other file: types, values,
 * numbers, texts, arrays, objects, {@code anyOf} and its kin, and references within the file. A
 * schema with another keyword is refused. As the draft has it, {@code format} does not decide.
 * Regular expressions are those of Java.
 */
public final class JsonSchema {
  private static final Set<String> ANNOTATIONS =
      Set.of(
          "$schema",
          "$id",
          "$comment",
          "$defs",
          "definitions",
          "title",
          "description",
          "default",
          "examples",
          "format",
          "deprecated",
          "readOnly",
          "writeOnly");
  private static final Set<String> KEYWORDS =
      Set.of(
          "type",
          "enum",
          "const",
          "minimum",
          "maximum",
          "exclusiveMinimum",
          "exclusiveMaximum",
          "multipleOf",
          "minLength",
          "maxLength",
          "pattern",
          "items",
          "prefixItems",
          "minItems",
          "maxItems",
          "uniqueItems",
          "contains",
          "properties",
          "required",
          "additionalProperties",
          "patternProperties",
          "propertyNames",
          "minProperties",
          "maxProperties",
          "allOf",
          "anyOf",
          "oneOf",
          "not",
          "if",
          "then",
          "else",
          "$ref");
  private static final Set<String> SCHEMAS =
      Set.of(
          "items",
          "contains",
          "additionalProperties",
          "propertyNames",
          "not",
          "if",
          "then",
          "else");
  private static final Set<String> LISTS_OF_SCHEMAS =
      Set.of("allOf", "anyOf", "oneOf", "prefixItems");
  private static final Set<String> MAPS_OF_SCHEMAS =
      Set.of("properties", "patternProperties", "$defs", "definitions");

  private static final Set<String> TYPES =
      Set.of("string", "number", "integer", "boolean", "array", "object", "null");
  private static final JsonNode INTEGER = StringNode.valueOf("integer");

  private final JsonNode root;

  private JsonSchema(JsonNode root) {
    this.root = root;
  }

  /**
   * Reads a schema.
   *
   * @throws CheckpointException if the file is no schema, or has a keyword that is not known
   */
  public static JsonSchema read(Path file) {
    JsonSchema schema = new JsonSchema(JsonFiles.read(file));
    try {
      schema.require(schema.root);
    } catch (IllegalArgumentException e) {
      throw new CheckpointException(file, null, String.valueOf(e.getMessage()), e);
    }
    return schema;
  }

  /** Returns a schema. */
  static JsonSchema of(JsonNode json) {
    JsonSchema schema = new JsonSchema(json);
    schema.require(json);
    return schema;
  }

  private void require(JsonNode schema) {
    if (schema.isBoolean()) {
      return;
    }
    if (!schema.isObject()) {
      throw new IllegalArgumentException(
          "a schema must be an object or a truth value, got " + schema);
    }
    schema.forEachEntry((keyword, value) -> {
      if (!KEYWORDS.contains(keyword) && !ANNOTATIONS.contains(keyword)) {
        throw new IllegalArgumentException(
            "keywords of a schema must be among those that are known, got %s; leave it out"
                .formatted(keyword));
      }
      requireValue(keyword, value);
      if (SCHEMAS.contains(keyword)) {
        require(value);
      } else if (LISTS_OF_SCHEMAS.contains(keyword)) {
        value.forEach(this::require);
      } else if (MAPS_OF_SCHEMAS.contains(keyword)) {
        value.forEach(this::require);
      } else if (keyword.equals("$ref")) {
        target(value);
      }
      if (keyword.equals("pattern")) {
        requirePattern(value.asString());
      } else if (keyword.equals("patternProperties")) {
        value.propertyNames().forEach(JsonSchema::requirePattern);
      }
    });
  }

  private static void requireValue(String keyword, JsonNode value) {
    String needed =
        switch (keyword) {
          case "type" -> isType(value) ? null : "a type such as string, or a list of types";
          case "enum" -> value.isArray() ? null : "a list";
          case "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum" ->
              value.isNumber() ? null : "a number";
          case "multipleOf" ->
              value.isNumber() && value.decimalValue().signum() > 0 ? null : "a number above 0";
          case "minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties" ->
              isOf(value, INTEGER) && value.decimalValue().signum() >= 0
                  ? null
                  : "a whole number of at least 0";
          case "uniqueItems" -> value.isBoolean() ? null : "a truth value";
          case "required" -> areStrings(value) ? null : "a list of names";
          case "pattern", "$ref" -> value.isString() ? null : "a text";
          case "allOf", "anyOf", "oneOf", "prefixItems" ->
              value.isArray() && !value.isEmpty() ? null : "a list of schemas";
          case "properties", "patternProperties", "$defs", "definitions" ->
              value.isObject() ? null : "an object of schemas";
          default -> null;
        };
    if (needed != null) {
      throw new IllegalArgumentException("%s must be %s, got %s".formatted(keyword, needed, value));
    }
  }

  private static boolean isType(JsonNode value) {
    return value.isArray()
        ? !value.isEmpty() && value.valueStream().allMatch(JsonSchema::isTypeName)
        : isTypeName(value);
  }

  private static boolean isTypeName(JsonNode value) {
    return value.isString() && TYPES.contains(value.stringValue());
  }

  private static boolean areStrings(JsonNode value) {
    return value.isArray() && value.valueStream().allMatch(JsonNode::isString);
  }

  private static void requirePattern(String pattern) {
    try {
      Pattern.compile(pattern);
    } catch (PatternSyntaxException e) {
      throw new IllegalArgumentException(
          "patterns must be regular expressions, got %s: %s".formatted(pattern, e.getDescription()),
          e);
    }
  }

  private JsonNode target(JsonNode reference) {
    String pointer = reference.asString();
    JsonNode found = pointer.startsWith("#") ? root.at(pointer.substring(1)) : root.path("");
    if (found.isMissingNode()) {
      throw new IllegalArgumentException(
          "$ref must point into the file, such as #/$defs/name, got " + pointer);
    }
    return found;
  }

  /** Returns whether a value fits the schema. */
  public boolean fits(JsonNode value) {
    return fits(value, root);
  }

  private boolean fits(JsonNode value, JsonNode schema) {
    if (schema.isBoolean()) {
      return schema.booleanValue();
    }
    return (!schema.has("$ref") || fits(value, target(schema.get("$ref"))))
        && fitsValue(value, schema)
        && fitsCombined(value, schema)
        && (!value.isNumber() || fitsNumber(value.decimalValue(), schema))
        && (!value.isString() || fitsText(value.stringValue(), schema))
        && (!value.isArray() || fitsArray(value, schema))
        && (!value.isObject() || fitsObject(value, schema));
  }

  private static boolean fitsValue(JsonNode value, JsonNode schema) {
    JsonNode type = schema.path("type");
    boolean hasType =
        type.isMissingNode()
            || (type.isArray() ? any(type, each -> isOf(value, each)) : isOf(value, type));
    return hasType
        && (!schema.has("const") || areEqual(schema.get("const"), value))
        && (!schema.has("enum") || any(schema.get("enum"), each -> areEqual(each, value)));
  }

  private static boolean isOf(JsonNode value, JsonNode type) {
    return switch (type.asString()) {
      case "string" -> value.isString();
      case "number" -> value.isNumber();
      case "integer" -> value.isNumber() && value.decimalValue().stripTrailingZeros().scale() <= 0;
      case "boolean" -> value.isBoolean();
      case "array" -> value.isArray();
      case "object" -> value.isObject();
      case "null" -> value.isNull();
      default -> false;
    };
  }

  /** Numbers are equal by value: 1 and 1.0. */
  private static boolean areEqual(JsonNode a, JsonNode b) {
    return a.equals(
        (x, y) ->
            x.isNumber() && y.isNumber()
                ? x.decimalValue().compareTo(y.decimalValue())
                : x.equals(y) ? 0 : 1,
        b);
  }

  private boolean fitsCombined(JsonNode value, JsonNode schema) {
    Predicate<JsonNode> isFit = each -> fits(value, each);
    boolean fitsCondition =
        !schema.has("if")
            || fits(value, schema.path(fits(value, schema.get("if")) ? "then" : "else"));
    return fitsCondition
        && stream(schema.path("allOf")).allMatch(isFit)
        && (!schema.has("anyOf") || any(schema.get("anyOf"), isFit))
        && (!schema.has("oneOf") || stream(schema.get("oneOf")).filter(isFit).count() == 1)
        && (!schema.has("not") || !fits(value, schema.get("not")));
  }

  private static boolean fitsNumber(BigDecimal value, JsonNode schema) {
    return (!schema.has("minimum") || value.compareTo(limit(schema, "minimum")) >= 0)
        && (!schema.has("maximum") || value.compareTo(limit(schema, "maximum")) <= 0)
        && (!schema.has("exclusiveMinimum")
            || value.compareTo(limit(schema, "exclusiveMinimum")) > 0)
        && (!schema.has("exclusiveMaximum")
            || value.compareTo(limit(schema, "exclusiveMaximum")) < 0)
        && (!schema.has("multipleOf")
            || value.remainder(limit(schema, "multipleOf")).signum() == 0);
  }

  private static BigDecimal limit(JsonNode schema, String keyword) {
    return schema.get(keyword).decimalValue();
  }

  private static boolean fitsText(String value, JsonNode schema) {
    return fitsCount(value.codePointCount(0, value.length()), schema, "minLength", "maxLength")
        && (!schema.has("pattern") || matches(schema.get("pattern").asString(), value));
  }

  private static boolean matches(String pattern, String value) {
    return Pattern.compile(pattern).matcher(value).find();
  }

  private static boolean fitsCount(long count, JsonNode schema, String least, String most) {
    return count >= schema.path(least).asDouble(0)
        && count <= schema.path(most).asDouble(Double.POSITIVE_INFINITY);
  }

  private boolean fitsArray(JsonNode value, JsonNode schema) {
    JsonNode first = schema.path("prefixItems");
    for (int i = 0; i < value.size(); i++) {
      JsonNode of = i < first.size() ? first.get(i) : schema.path("items");
      if (!of.isMissingNode() && !fits(value.get(i), of)) {
        return false;
      }
    }
    return fitsCount(value.size(), schema, "minItems", "maxItems")
        && (!schema.has("contains") || any(value, each -> fits(each, schema.get("contains"))))
        && (!schema.path("uniqueItems").asBoolean(false) || areDistinct(value));
  }

  private static boolean areDistinct(JsonNode values) {
    for (int i = 0; i < values.size(); i++) {
      for (int j = 0; j < i; j++) {
        if (areEqual(values.get(i), values.get(j))) {
          return false;
        }
      }
    }
    return true;
  }

  private boolean fitsObject(JsonNode value, JsonNode schema) {
    for (String name : value.propertyNames()) {
      if (!fitsProperty(name, value.get(name), schema)) {
        return false;
      }
    }
    return fitsCount(value.size(), schema, "minProperties", "maxProperties")
        && stream(schema.path("required")).allMatch(name -> value.has(name.asString()));
  }

  private boolean fitsProperty(String name, JsonNode value, JsonNode schema) {
    Set<JsonNode> own = new HashSet<>();
    boolean isNamed = schema.path("properties").has(name);
    if (isNamed) {
      own.add(schema.get("properties").get(name));
    }
    JsonNode patterns = schema.path("patternProperties");
    List<String> matching =
        patterns.propertyNames().stream().filter(pattern -> matches(pattern, name)).toList();
    matching.forEach(pattern -> own.add(patterns.get(pattern)));
    if (!isNamed && matching.isEmpty() && schema.has("additionalProperties")) {
      own.add(schema.get("additionalProperties"));
    }
    return own.stream().allMatch(each -> fits(value, each))
        && (!schema.has("propertyNames") || fits(textOf(name), schema.get("propertyNames")));
  }

  private static JsonNode textOf(String name) {
    return StringNode.valueOf(name);
  }

  private static Stream<JsonNode> stream(JsonNode list) {
    return list.valueStream();
  }

  private static boolean any(JsonNode list, Predicate<JsonNode> predicate) {
    return stream(list).anyMatch(predicate);
  }
}
