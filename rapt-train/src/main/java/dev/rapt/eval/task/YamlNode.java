package dev.rapt.eval.task;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.composer.Composer;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;
import org.snakeyaml.engine.v2.parser.ParserImpl;
import org.snakeyaml.engine.v2.scanner.StreamReader;

/**
 * A value of a YAML file with the place where it stands. Tags of Python functions are refused.
 *
 * @param key path of keys that leads to the value, for errors
 * @param value a string, a number, a boolean, a list or map of nodes, or null
 */
record YamlNode(Path file, int line, String key, @Nullable Object value) {
  private static final Set<String> TRUE =
      Set.of("True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON");
  private static final Set<String> FALSE =
      Set.of("False", "FALSE", "no", "No", "NO", "off", "Off", "OFF");

  /**
   * Reads a file that holds a mapping.
   *
   * @throws TaskException if it is not valid YAML, or no mapping
   */
  static YamlNode read(Path file) throws IOException {
    String text = Files.readString(file);
    Optional<Node> node;
    try {
      LoadSettings settings = LoadSettings.builder().setAllowDuplicateKeys(false).build();
      StreamReader reader = new StreamReader(settings, text);
      node = new Composer(settings, new ParserImpl(settings, reader)).getSingleNode();
    } catch (MarkedYamlEngineException e) {
      int line = e.getProblemMark().map(mark -> mark.getLine() + 1).orElse(1);
      throw new TaskException(file, line, "must be valid YAML, but " + e.getProblem());
    } catch (YamlEngineException e) {
      throw new TaskException(file, "must be valid YAML, but " + e.getMessage());
    }
    if (node.isEmpty() || !(node.get() instanceof MappingNode mapping)) {
      throw new TaskException(
          file, "must hold the keys of a task, got " + (node.isEmpty() ? "nothing" : "a value"));
    }
    return of(file, "", mapping);
  }

  private static YamlNode of(Path file, String key, Node node) {
    int line = node.getStartMark().map(mark -> mark.getLine() + 1).orElse(1);
    if (node.getTag().getValue().startsWith("!")) {
      String text = node instanceof ScalarNode scalar ? " " + scalar.getValue() : "";
      throw new TaskException(
          file,
          line,
          "%s: must not be code in Python, got %s%s; write a template, or change the data before"
              .formatted(key, node.getTag().getValue(), text));
    }
    Object value =
        switch (node) {
          case ScalarNode scalar -> scalar(scalar);
          case SequenceNode sequence -> {
            List<YamlNode> elements = new ArrayList<>();
            for (Node element : sequence.getValue()) {
              elements.add(of(file, key + "[" + elements.size() + "]", element));
            }
            yield elements;
          }
          case MappingNode mapping -> {
            Map<String, YamlNode> fields = new LinkedHashMap<>();
            for (NodeTuple field : mapping.getValue()) {
              String name = ((ScalarNode) field.getKeyNode()).getValue();
              String path = key.isEmpty() ? name : key + "." + name;
              if (fields.put(name, of(file, path, field.getValueNode())) != null) {
                throw new TaskException(file, line, path + ": must be given once, got it twice");
              }
            }
            yield fields;
          }
          default -> throw new TaskException(file, line, key + ": must be a value, got an anchor");
        };
    return new YamlNode(file, line, key, value);
  }

  private static @Nullable Object scalar(ScalarNode scalar) {
    String text = scalar.getValue();
    Tag tag = scalar.getTag();
    if (tag.equals(Tag.NULL) || (scalar.isPlain() && List.of("~", "null", "").contains(text))) {
      return null;
    }
    if (tag.equals(Tag.BOOL)) {
      return Boolean.valueOf(text);
    }
    if (tag.equals(Tag.INT)) {
      return Long.valueOf(text);
    }
    return tag.equals(Tag.FLOAT) ? Double.valueOf(text) : text;
  }

  /** Returns the fields of a mapping. */
  @SuppressWarnings("unchecked") // maps are made above
  Map<String, YamlNode> fields() {
    if (value instanceof Map<?, ?> map) {
      return (Map<String, YamlNode>) map;
    }
    throw error("must be a mapping, got " + described());
  }

  /** Returns the elements of a list; a single value counts as a list of one. */
  @SuppressWarnings("unchecked") // lists are made above
  List<YamlNode> elements() {
    return value instanceof List<?> list
        ? (List<YamlNode>) list
        : value == null ? List.of() : List.of(this);
  }

  boolean isNull() {
    return value == null;
  }

  boolean isList() {
    return value instanceof List<?>;
  }

  boolean isMap() {
    return value instanceof Map<?, ?>;
  }

  /** Returns a text; numbers and truth values as they are written. */
  String text() {
    if (value == null || isList() || isMap()) {
      throw error("must be text, got " + described());
    }
    return value.toString();
  }

  /** Returns a whole number of at least {@code min}. */
  int count(int min) {
    if (value instanceof Long number && number >= min && number <= Integer.MAX_VALUE) {
      return number.intValue();
    }
    throw error("must be a whole number of at least %d, got %s".formatted(min, described()));
  }

  double number() {
    if (value instanceof Number number) {
      return number.doubleValue();
    }
    throw error("must be a number, got " + described());
  }

  /** Returns a truth value, in the words of YAML 1.1 too, which Python reads. */
  boolean flag() {
    if (value instanceof Boolean flag) {
      return flag;
    }
    if (value instanceof String text && (TRUE.contains(text) || FALSE.contains(text))) {
      return TRUE.contains(text);
    }
    throw error("must be true or false, got " + described());
  }

  /** Returns the value in plain lists and maps. */
  @Nullable Object plain() {
    if (isList()) {
      List<@Nullable Object> list = new ArrayList<>();
      elements().forEach(element -> list.add(element.plain()));
      return list;
    }
    if (isMap()) {
      Map<String, @Nullable Object> map = new LinkedHashMap<>();
      fields().forEach((name, node) -> map.put(name, node.plain()));
      return map;
    }
    return value;
  }

  TaskException error(String problem) {
    return new TaskException(file, line, key + ": " + problem);
  }

  private String described() {
    return value == null ? "nothing" : isList() ? "a list" : isMap() ? "a mapping" : "" + value;
  }
}
