package dev.rapt.generate.constrain.schema;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Schemas that all apply to one value, without those that apply others to it.
 *
 * @param nodes the schemas, in the order in which they were found
 */
record Conjunction(List<SchemaNode> nodes) {
  Conjunction {
    nodes = List.copyOf(nodes);
  }

  /** A name that no other conjunction has. */
  String key() {
    return nodes.stream().map(SchemaNode::key).collect(Collectors.joining(" & "));
  }

  /** The types that all schemas allow. NUMBER comes with INTEGER. */
  Set<JsonType> types() {
    Set<JsonType> types = EnumSet.allOf(JsonType.class);
    for (SchemaNode node : nodes) {
      if (node.json().isBoolean() && !node.json().booleanValue()) {
        return EnumSet.noneOf(JsonType.class);
      }
      JsonNode type = node.get("type");
      if (type != null) {
        types.retainAll(types(node, type));
      }
    }
    return types;
  }

  private static Set<JsonType> types(SchemaNode node, JsonNode value) {
    Set<JsonType> types = EnumSet.noneOf(JsonType.class);
    for (JsonNode name : value.isArray() ? value.values() : List.of(value)) {
      switch (name.isString() ? name.stringValue() : "") {
        case "null" -> types.add(JsonType.NULL);
        case "boolean" -> types.add(JsonType.BOOLEAN);
        case "integer" -> types.add(JsonType.INTEGER);
        case "number" -> Collections.addAll(types, JsonType.INTEGER, JsonType.NUMBER);
        case "string" -> types.add(JsonType.STRING);
        case "array" -> types.add(JsonType.ARRAY);
        case "object" -> types.add(JsonType.OBJECT);
        default ->
            throw node.error(
                "type",
                "must be null, boolean, integer, number, string, array or object, got " + name);
      }
    }
    return types;
  }

  /** The values that enum and const allow, in the order of the first; null if neither is there. */
  @Nullable List<JsonNode> values() {
    List<JsonNode> values = null;
    for (SchemaNode node : nodes) {
      if (node.part() == SchemaNode.Part.WITHOUT_VALUES) {
        continue;
      }
      JsonNode listed = node.get("enum");
      if (listed != null && !listed.isArray()) {
        throw node.error("enum", "must be an array, got " + listed);
      }
      if (listed != null) {
        values = both(values, List.copyOf(listed.values()));
      }
      JsonNode single = node.get("const");
      if (single != null) {
        values = both(values, List.of(single));
      }
    }
    return values;
  }

  private static List<JsonNode> both(@Nullable List<JsonNode> values, List<JsonNode> more) {
    List<JsonNode> kept = new ArrayList<>();
    for (JsonNode value : values == null ? more : values) {
      boolean isInMore = more.stream().anyMatch(other -> JsonLiterals.equal(value, other));
      if (isInMore && kept.stream().noneMatch(other -> JsonLiterals.equal(value, other))) {
        kept.add(value);
      }
    }
    return kept;
  }

  /** Whether any schema has one of these keywords. */
  boolean has(String... keywords) {
    for (SchemaNode node : nodes) {
      for (String keyword : keywords) {
        if (node.get(keyword) != null) {
          return true;
        }
      }
    }
    return false;
  }

  /** The greatest of the least counts that a keyword asks for; 0 if there is none. */
  int least(String keyword) {
    int least = 0;
    for (SchemaNode node : nodes) {
      Integer count = node.count(keyword);
      least = Math.max(least, count == null ? 0 : count);
    }
    return least;
  }

  /** The least of the greatest counts that a keyword asks for; null if there is none. */
  @Nullable Integer greatest(String keyword) {
    Integer greatest = null;
    for (SchemaNode node : nodes) {
      Integer count = node.count(keyword);
      greatest = count != null && (greatest == null || count < greatest) ? count : greatest;
    }
    return greatest;
  }

  /** The schema that has a keyword, for errors. */
  SchemaNode owner(String keyword) {
    return nodes.stream()
        .filter(node -> node.get(keyword) != null)
        .findFirst()
        .orElseGet(nodes::getFirst);
  }

  /** Whether one bound is above another, or equal and exclusive. */
  private static boolean isTighter(BigDecimal bound, boolean exclusive, BigDecimal other) {
    int order = bound.compareTo(other);
    return order > 0 || (order == 0 && exclusive);
  }

  /** What numbers must satisfy. */
  JsonNumbers.Limits limits(boolean integer) {
    JsonNumbers.Bound lower = null;
    JsonNumbers.Bound upper = null;
    Set<BigDecimal> multiples = new LinkedHashSet<>();
    for (SchemaNode node : nodes) {
      for (boolean exclusive : new boolean[] {false, true}) {
        BigDecimal least = node.number(exclusive ? "exclusiveMinimum" : "minimum");
        if (least != null && (lower == null || isTighter(least, exclusive, lower.value()))) {
          lower = new JsonNumbers.Bound(least, exclusive);
        }
        BigDecimal greatest = node.number(exclusive ? "exclusiveMaximum" : "maximum");
        if (greatest != null && (upper == null || isTighter(upper.value(), exclusive, greatest))) {
          upper = new JsonNumbers.Bound(greatest, exclusive);
        }
      }
      BigDecimal multiple = node.number("multipleOf");
      if (multiple != null && multiple.signum() <= 0) {
        throw node.error("multipleOf", "must be above 0, got " + multiple.toPlainString());
      }
      if (multiple != null) {
        multiples.add(multiple);
      }
    }
    return new JsonNumbers.Limits(integer, lower, upper, List.copyOf(multiples));
  }
}
