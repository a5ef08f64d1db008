package dev.rapt.generate.constrain.schema;

import dev.rapt.generate.constrain.expression.Expr;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;

/** Values of a schema as JSON texts. */
final class JsonLiterals {
  private static final int MAX_DIGITS = 40;

  private JsonLiterals() {}

  /** Whether two values are equal as JSON Schema says: 1 and 1.0 are. */
  static boolean equal(JsonNode a, JsonNode b) {
    if (a.isNumber() && b.isNumber()) {
      return a.decimalValue().compareTo(b.decimalValue()) == 0;
    }
    if (a.isArray() && b.isArray()) {
      boolean equal = a.size() == b.size();
      for (int i = 0; equal && i < a.size(); i++) {
        equal = equal(a.get(i), b.get(i));
      }
      return equal;
    }
    if (a.isObject() && b.isObject()) {
      boolean equal = a.size() == b.size();
      for (String name : a.propertyNames()) {
        equal = equal && b.has(name) && equal(a.get(name), b.get(name));
      }
      return equal;
    }
    return a.equals(b);
  }

  /** A value with any white space that the separators allow. */
  static Expr of(JsonNode value, Separators separators) {
    if (value.isArray()) {
      List<Expr> items = new ArrayList<>();
      value.values().forEach(item -> items.add(of(item, separators)));
      return bracketed("[", items, "]", separators);
    }
    if (value.isObject()) {
      List<Expr> members = new ArrayList<>();
      for (String name : value.propertyNames()) {
        Expr key = Expr.text(JsonStrings.literal(name));
        members.add(Expr.sequence(key, separators.colon(), of(value.get(name), separators)));
      }
      return bracketed("{", members, "}", separators);
    }
    return Expr.text(text(value));
  }

  private static Expr bracketed(
      String open, List<Expr> parts, String close, Separators separators) {
    List<Expr> all = new ArrayList<>(List.of(Expr.text(open), separators.inside()));
    for (int i = 0; i < parts.size(); i++) {
      if (i > 0) {
        all.add(separators.comma());
      }
      all.add(parts.get(i));
    }
    all.add(separators.inside());
    all.add(Expr.text(close));
    return new Expr.Sequence(all);
  }

  /** A value without white space. */
  static String text(JsonNode value) {
    if (value.isString()) {
      return JsonStrings.literal(value.stringValue());
    }
    if (value.isNumber()) {
      BigDecimal shortest = value.decimalValue().stripTrailingZeros();
      String plain = shortest.toPlainString();
      return plain.length() <= MAX_DIGITS ? plain : shortest.toString();
    }
    StringBuilder text = new StringBuilder();
    if (value.isArray()) {
      text.append('[');
      for (JsonNode item : value.values()) {
        text.append(text.length() > 1 ? "," : "").append(text(item));
      }
      return text.append(']').toString();
    }
    if (value.isObject()) {
      text.append('{');
      for (String name : value.propertyNames()) {
        text.append(text.length() > 1 ? "," : "").append(JsonStrings.literal(name));
        text.append(':').append(text(value.get(name)));
      }
      return text.append('}').toString();
    }
    return value.toString();
  }
}
