package dev.rapt.eval.task;

import dev.rapt.tokenizer.jinja.Template;
import dev.rapt.tokenizer.types.ChatTemplateException;
import dev.rapt.train.example.Example;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** What a task makes of an example: a field of it, or what a Jinja template makes of its fields. */
final class DocTemplate {
  private final YamlNode node;
  private final String source;
  private final Template template;
  private final boolean isField;

  /**
   * Reads a template; a single word is the name of a field.
   *
   * @throws TaskException if it is not well formed
   */
  DocTemplate(YamlNode node) {
    this(node, node.text().matches("[A-Za-z_]\\w*"));
  }

  /** Reads a template that may be a single word, and is then the name of a field or a text. */
  static DocTemplate ofText(YamlNode node) {
    return new DocTemplate(node, false);
  }

  private DocTemplate(YamlNode node, boolean isField) {
    this.node = node;
    this.isField = isField;
    source = node.text();
    try {
      template = Template.plain(source);
    } catch (ChatTemplateException e) {
      throw node.error("must be a Jinja template, but " + e.getMessage());
    }
  }

  /**
   * Returns the value of the field if the example has a field of this name, else the text that the
   * template makes.
   *
   * @throws dev.rapt.train.example.ExampleException if the template asks for what the example lacks
   */
  @Nullable Object of(Example doc) {
    if (doc.fields().has(source)) {
      return plain(doc.fields().get(source));
    }
    if (isField) {
      throw doc.error(
          "must have the field %s of %s in %s, line %d, got the fields %s"
              .formatted(
                  source, node.key(), node.file(), node.line(), doc.fields().propertyNames()));
    }
    Map<String, @Nullable Object> variables = new LinkedHashMap<>();
    doc.fields()
        .properties()
        .forEach(field -> variables.put(field.getKey(), plain(field.getValue())));
    try {
      return template.render(variables).text();
    } catch (ChatTemplateException e) {
      throw doc.error(
          "must have what %s in %s, line %d, asks for, but %s; its fields are %s"
              .formatted(
                  node.key(), node.file(), node.line(), e.reason(), doc.fields().propertyNames()));
    }
  }

  /** Returns the text for an example; numbers as they are written. */
  String text(Example doc) {
    Object value = of(doc);
    if (value == null || value instanceof List<?> || value instanceof Map<?, ?>) {
      throw doc.error(
          "must give text for %s in %s, line %d, got %s"
              .formatted(node.key(), node.file(), node.line(), value));
    }
    return value.toString();
  }

  YamlNode node() {
    return node;
  }

  private static @Nullable Object plain(JsonNode value) {
    if (value.isArray()) {
      List<@Nullable Object> list = new ArrayList<>();
      value.forEach(element -> list.add(plain(element)));
      return list;
    }
    if (value.isObject()) {
      Map<String, @Nullable Object> map = new LinkedHashMap<>();
      value.properties().forEach(field -> map.put(field.getKey(), plain(field.getValue())));
      return map;
    }
    if (value.isNull()) {
      return null;
    }
    return value.isBoolean()
        ? (Object) value.booleanValue()
        : value.isIntegralNumber()
            ? (Object) value.longValue()
            : value.isNumber() ? (Object) value.doubleValue() : value.asString();
  }
}
