package dev.rapt.generate.constrain.schema;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/**
 * The members of objects that satisfy a conjunction.
 *
 * @param nodes its schemas
 * @param names of the properties that the schemas list or require, in their order
 * @param required those that must be there
 */
record ObjectShape(List<SchemaNode> nodes, Set<String> names, Set<String> required) {
  static ObjectShape of(Conjunction schema) {
    Set<String> names = new LinkedHashSet<>();
    Set<String> required = new LinkedHashSet<>();
    for (SchemaNode node : schema.nodes()) {
      JsonNode properties = node.get("properties");
      if (properties != null && !properties.isObject()) {
        throw node.error("properties", "must be an object of schemas, got " + properties);
      }
      if (properties != null) {
        names.addAll(properties.propertyNames());
      }
    }
    for (SchemaNode node : schema.nodes()) {
      JsonNode listed = node.get("required");
      if (listed == null) {
        continue;
      }
      if (!listed.isArray() || !listed.values().stream().allMatch(JsonNode::isString)) {
        throw node.error("required", "must be an array of names, got " + listed);
      }
      listed.values().forEach(name -> required.add(name.stringValue()));
    }
    names.addAll(required);
    return new ObjectShape(schema.nodes(), names, required);
  }

  /** The schemas for the value of a property. */
  List<SchemaNode> schemasOf(String name) {
    List<SchemaNode> schemas = new ArrayList<>();
    for (SchemaNode node : nodes) {
      JsonNode properties = node.get("properties");
      if (properties != null && properties.has(name)) {
        schemas.add(node.at("properties", name));
      } else if (node.get("additionalProperties") != null) {
        schemas.add(node.at("additionalProperties"));
      }
    }
    return schemas;
  }

  /** The schemas for the values of properties that no schema lists. */
  List<SchemaNode> additional() {
    return nodes.stream()
        .filter(node -> node.get("additionalProperties") != null)
        .map(node -> node.at("additionalProperties"))
        .toList();
  }

  /** Whether only the listed properties are allowed. */
  boolean isClosed() {
    return additional().stream()
        .anyMatch(schema -> schema.json().isBoolean() && !schema.json().booleanValue());
  }
}
