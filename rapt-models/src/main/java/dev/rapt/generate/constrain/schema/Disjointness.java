package dev.rapt.generate.constrain.schema;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Decides for oneOf whether no value satisfies two of its schemas, so that it is an anyOf: by
 * types, values, bounds, contents of strings, and for objects by a property that tells them apart.
 */
final class Disjointness {
  private static final int MAX_DEPTH = 4;

  private final Expansion expansion;

  Disjointness(Expansion expansion) {
    this.expansion = expansion;
  }

  /**
   * Checks the schemas of a oneOf.
   *
   * @param beside schemas that apply to the same value
   * @throws IllegalArgumentException if two are not known to exclude each other
   */
  void check(SchemaNode owner, List<SchemaNode> branches, List<SchemaNode> beside) {
    for (int i = 0; i < branches.size(); i++) {
      for (int j = 0; j < i; j++) {
        List<SchemaNode> left = new ArrayList<>(beside);
        left.add(branches.get(j));
        List<SchemaNode> right = new ArrayList<>(beside);
        right.add(branches.get(i));
        if (!areDisjoint(left, right, MAX_DEPTH)) {
          throw owner.error(
              "oneOf",
              "must have schemas that exclude each other, such as by type or by a required property"
                  + " with other values, got schemas %d and %d; write anyOf if both may hold"
                      .formatted(j, i));
        }
      }
    }
  }

  private boolean areDisjoint(List<SchemaNode> a, List<SchemaNode> b, int depth) {
    if (depth == 0) {
      return false;
    }
    for (Conjunction left : expansion.of(a)) {
      for (Conjunction right : expansion.of(b)) {
        if (!areDisjoint(left, right, depth)) {
          return false;
        }
      }
    }
    return true;
  }

  private boolean areDisjoint(Conjunction a, Conjunction b, int depth) {
    List<JsonNode> valuesA = a.values();
    List<JsonNode> valuesB = b.values();
    if (valuesA != null
        && valuesB != null
        && valuesA.stream()
            .noneMatch(value -> valuesB.stream().anyMatch(o -> JsonLiterals.equal(value, o)))) {
      return true;
    }
    Set<JsonType> common = types(a, valuesA);
    common.retainAll(types(b, valuesB));
    for (JsonType type : common) {
      boolean disjoint =
          switch (type) {
            case INTEGER, NUMBER -> isBelow(a, b) || isBelow(b, a);
            case STRING -> StringContent.of(a).and(StringContent.of(b)).isEmpty();
            case OBJECT -> isTold(a, b, depth) || isTold(b, a, depth);
            case ARRAY -> isShorter(a, b) || isShorter(b, a);
            case NULL, BOOLEAN -> false;
          };
      if (!disjoint) {
        return false;
      }
    }
    return true;
  }

  private static Set<JsonType> types(Conjunction schema, @Nullable List<JsonNode> values) {
    Set<JsonType> types = schema.types();
    if (values != null) {
      Set<JsonType> found = EnumSet.noneOf(JsonType.class);
      values.forEach(value -> found.add(typeOf(value)));
      types.retainAll(found);
    }
    return types;
  }

  private static JsonType typeOf(JsonNode value) {
    return switch (value.getNodeType()) {
      case NULL -> JsonType.NULL;
      case BOOLEAN -> JsonType.BOOLEAN;
      case STRING -> JsonType.STRING;
      case ARRAY -> JsonType.ARRAY;
      case OBJECT -> JsonType.OBJECT;
      default ->
          value.decimalValue().stripTrailingZeros().scale() <= 0
              ? JsonType.INTEGER
              : JsonType.NUMBER;
    };
  }

  /** Whether the numbers of one schema are all below those of another. */
  private static boolean isBelow(Conjunction a, Conjunction b) {
    JsonNumbers.Bound upper = a.limits(false).upper();
    JsonNumbers.Bound lower = b.limits(false).lower();
    if (upper == null || lower == null) {
      return false;
    }
    BigDecimal gap = lower.value().subtract(upper.value());
    return gap.signum() > 0 || (gap.signum() == 0 && (lower.isExclusive() || upper.isExclusive()));
  }

  private static boolean isShorter(Conjunction a, Conjunction b) {
    Integer most = a.greatest("maxItems");
    return most != null && most < b.least("minItems");
  }

  /** Whether a property that one schema requires is forbidden or has other values in another. */
  private boolean isTold(Conjunction a, Conjunction b, int depth) {
    ObjectShape shapeA = ObjectShape.of(a);
    ObjectShape shapeB = ObjectShape.of(b);
    for (String name : shapeA.required()) {
      if (areDisjoint(shapeA.schemasOf(name), shapeB.schemasOf(name), depth - 1)) {
        return true;
      }
    }
    return false;
  }
}
