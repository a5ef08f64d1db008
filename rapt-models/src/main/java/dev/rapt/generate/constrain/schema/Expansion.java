package dev.rapt.generate.constrain.schema;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;

/**
 * Resolves what schemas apply to one value: references, allOf, and the alternatives of anyOf and
 * oneOf.
 */
final class Expansion {
  private static final int MAX_ALTERNATIVES = 2000;

  private final SchemaNode root;

  Expansion(JsonNode document) {
    root = SchemaNode.root(document);
  }

  /** Schemas found so far: those that apply alone, and groups of which one schema each applies. */
  private record Found(List<SchemaNode> alone, List<List<SchemaNode>> groups) {}

  /**
   * The conjunctions of which a value satisfies at least one.
   *
   * @throws IllegalArgumentException if a keyword cannot be enforced, a reference leads nowhere or
   *     to itself, or there are too many alternatives
   */
  List<Conjunction> of(List<SchemaNode> schemas) {
    Found found = new Found(new ArrayList<>(), new ArrayList<>());
    schemas.forEach(schema -> expand(schema, found, new ArrayList<>()));
    List<List<SchemaNode>> combinations = new ArrayList<>(List.of(List.of()));
    for (List<SchemaNode> group : found.groups) {
      List<List<SchemaNode>> longer = new ArrayList<>();
      for (List<SchemaNode> combination : combinations) {
        for (SchemaNode branch : group) {
          List<SchemaNode> more = new ArrayList<>(combination);
          more.add(branch);
          longer.add(more);
        }
      }
      combinations = longer;
      if (combinations.size() > MAX_ALTERNATIVES) {
        throw group
            .getFirst()
            .error("must give at most %d combinations of alternatives".formatted(MAX_ALTERNATIVES));
      }
    }
    if (found.groups.isEmpty()) {
      return List.of(new Conjunction(found.alone));
    }
    List<Conjunction> all = new ArrayList<>();
    for (List<SchemaNode> combination : combinations) {
      List<SchemaNode> together = new ArrayList<>(found.alone);
      together.addAll(combination);
      all.addAll(of(together));
    }
    return all;
  }

  private void expand(SchemaNode schema, Found found, List<String> path) {
    if (schema.part() != SchemaNode.Part.WHOLE) {
      add(schema, found);
      return;
    }
    schema.check();
    if (path.contains(schema.pointer())) {
      throw schema.error("must not refer to itself for the same value, got a cycle of references");
    }
    path.add(schema.pointer());
    add(schema.only(SchemaNode.Part.ALONE), found);
    JsonNode reference = schema.get("$ref");
    if (reference != null) {
      expand(target(schema, reference), found, path);
    }
    for (SchemaNode part : list(schema, "allOf")) {
      expand(part, found, path);
    }
    for (String keyword : List.of("anyOf", "oneOf")) {
      List<SchemaNode> branches = list(schema, keyword);
      if (!branches.isEmpty()) {
        if (keyword.equals("oneOf")) {
          new Disjointness(this).check(schema, branches, List.copyOf(found.alone));
        }
        branches.forEach(branch -> requireProgress(branch, path));
        found.groups.add(branches);
      }
    }
    path.removeLast();
  }

  /** Refuses a branch that is, or refers to, a schema that is being expanded. */
  private void requireProgress(SchemaNode branch, List<String> path) {
    if (branch.json().isObject()) {
      expand(branch, new Found(new ArrayList<>(), new ArrayList<>()), new ArrayList<>(path));
    }
  }

  private static void add(SchemaNode schema, Found found) {
    boolean isNew = found.alone.stream().noneMatch(other -> other.key().equals(schema.key()));
    if (isNew) {
      found.alone.add(schema);
    }
  }

  private static List<SchemaNode> list(SchemaNode schema, String keyword) {
    JsonNode value = schema.get(keyword);
    if (value == null) {
      return List.of();
    }
    if (!value.isArray() || value.isEmpty()) {
      throw schema.error(keyword, "must be an array of at least one schema, got " + value);
    }
    List<SchemaNode> all = new ArrayList<>();
    for (int i = 0; i < value.size(); i++) {
      all.add(schema.at(keyword, Integer.toString(i)));
    }
    return all;
  }

  private SchemaNode target(SchemaNode from, JsonNode reference) {
    String text = reference.isString() ? reference.stringValue() : "";
    if (!text.equals("#") && !text.startsWith("#/")) {
      throw from.error(
          "$ref", "must point into the same document, #/..., got %s".formatted(reference));
    }
    SchemaNode at = root;
    String path = text.equals("#") ? "" : text.substring(2);
    if (text.equals("#")) {
      return root;
    }
    for (String part : path.split("/", -1)) {
      // A plus stands for itself in a fragment, other than in a form.
      String decoded = URLDecoder.decode(part.replace("+", "%2B"), StandardCharsets.UTF_8);
      String name = decoded.replace("~1", "/").replace("~0", "~");
      JsonNode json = at.json();
      JsonNode value =
          json.isArray() && name.matches("\\d{1,9}")
              ? json.get(Integer.parseInt(name))
              : json.get(name);
      if (value == null) {
        throw from.error("$ref", "must point to a schema, got %s, which is absent".formatted(text));
      }
      at =
          new SchemaNode(
              value,
              at.pointer() + "/" + name.replace("~", "~0").replace("/", "~1"),
              SchemaNode.Part.WHOLE);
    }
    return at;
  }
}
