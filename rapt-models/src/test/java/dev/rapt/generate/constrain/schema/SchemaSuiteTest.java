package dev.rapt.generate.constrain.schema;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rapt.generate.constrain.Grammar;
import dev.rapt.json.JsonTree;
import java.io.IOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * The cases of the JSON-Schema-Test-Suite (draft 2020-12, MIT licence, in the resources) on the
 * keywords that generation enforces. Of each schema that is not refused, every invalid instance is
 * rejected and every valid one is accepted in some order of its properties, but for the rules of
 * {@link #isLeftOut}.
 */
class SchemaSuiteTest {
  /** A group of instances for one schema. */
  record Group(String file, JsonNode json) {
    @Override
    public String toString() {
      return file + ": " + json.get("description").stringValue();
    }
  }

  static List<Group> groups() throws IOException, URISyntaxException {
    URL folder = Objects.requireNonNull(SchemaSuiteTest.class.getResource("/json-schema"));
    List<Group> groups = new ArrayList<>();
    try (Stream<Path> files = Files.walk(Path.of(folder.toURI()))) {
      for (Path file : files.filter(f -> f.toString().endsWith(".json")).sorted().toList()) {
        JsonNode all = JsonTree.read(new JsonFactory(), Files.readAllBytes(file));
        String name = String.valueOf(file.getFileName());
        all.values().forEach(group -> groups.add(new Group(name, group)));
      }
    }
    return groups;
  }

  @ParameterizedTest
  @MethodSource("groups")
  void acceptsValidAndRejectsInvalidInstances(Group group) {
    Grammar grammar;
    try {
      grammar = Grammar.ofJsonSchema(JsonLiterals.text(group.json.get("schema")));
    } catch (IllegalArgumentException refused) {
      assertThat(refused).hasMessageStartingWith("schema: #");
      return;
    }
    List<String> wrong = new ArrayList<>();
    for (JsonNode test : group.json.get("tests").values()) {
      JsonNode instance = test.get("data");
      boolean valid = test.get("valid").booleanValue();
      boolean accepted = matchesInSomeOrder(grammar, instance);
      if (accepted != valid && !(valid && isLeftOut(group, instance))) {
        wrong.add((valid ? "rejects " : "accepts ") + instance);
      }
    }
    assertThat(wrong).as(JsonLiterals.text(group.json.get("schema"))).isEmpty();
  }

  @Test
  void compilesMostSchemas() throws IOException, URISyntaxException {
    List<Group> all = groups();
    List<String> refused = new ArrayList<>();
    for (Group group : all) {
      try {
        Grammar.ofJsonSchema(JsonLiterals.text(group.json.get("schema")));
      } catch (IllegalArgumentException e) {
        refused.add(group + ": " + e.getMessage());
      }
    }
    assertThat(all).hasSize(204);
    assertThat(refused).hasSizeLessThanOrEqualTo(50);
  }

  /**
   * Valid strings that are never generated: leap seconds, quoted local parts and address literals
   * of email, internationalised labels of host names.
   */
  private static boolean isLeftOut(Group group, JsonNode instance) {
    String text = instance.isString() ? instance.stringValue() : "";
    return switch (group.file) {
      case "time.json", "date-time.json" -> text.contains(":60");
      case "email.json" -> text.startsWith("\"") || text.contains("@[");
      case "hostname.json" -> text.contains("xn--");
      default -> false;
    };
  }

  private static boolean matchesInSomeOrder(Grammar grammar, JsonNode instance) {
    return orders(instance).stream().anyMatch(order -> grammar.matches(JsonLiterals.text(order)));
  }

  /** An instance with the members of its outermost object in every order. */
  private static List<JsonNode> orders(JsonNode instance) {
    if (!instance.isObject() || instance.size() > 5) {
      return List.of(instance);
    }
    List<JsonNode> orders = new ArrayList<>();
    permute(List.copyOf(instance.properties()), new ArrayList<>(), orders);
    return orders;
  }

  private static void permute(
      List<Map.Entry<String, JsonNode>> rest,
      List<Map.Entry<String, JsonNode>> chosen,
      List<JsonNode> orders) {
    if (rest.isEmpty()) {
      ObjectNode object = JsonNodeFactory.instance.objectNode();
      chosen.forEach(member -> object.set(member.getKey(), member.getValue()));
      orders.add(object);
    }
    for (int i = 0; i < rest.size(); i++) {
      List<Map.Entry<String, JsonNode>> others = new ArrayList<>(rest);
      List<Map.Entry<String, JsonNode>> more = new ArrayList<>(chosen);
      more.add(others.remove(i));
      permute(others, more, orders);
    }
  }
}
