package dev.rapt.tokenizer.chat;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Reads conversations from JSON. */
public final class ChatReader {
  private ChatReader() {}

  /**
   * Reads a list of messages, or an object with {@code messages} and, optionally, {@code tools},
   * {@code documents}, {@code add_generation_prompt} and {@code continue_final_message}. Its other
   * fields become variables of the template.
   *
   * @param source name of the file, for error messages
   * @param json the conversation
   * @return the conversation
   * @throws IllegalArgumentException if the JSON has another form; names the field
   */
  public static Chat read(String source, JsonNode json) {
    if (json.isArray()) {
      return Chat.of(objects(source, "messages", json));
    }
    if (!json.isObject() || !json.path("messages").isArray()) {
      throw new IllegalArgumentException(
          source + ": must be a list of messages or an object with messages, got " + shown(json));
    }
    Map<String, @Nullable Object> variables = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> entry : json.properties()) {
      switch (entry.getKey()) {
        case "messages",
            "tools",
            "documents",
            "add_generation_prompt",
            "continue_final_message" -> {}
        default -> variables.put(entry.getKey(), value(entry.getValue()));
      }
    }
    return new Chat(
        objects(source, "messages", json.get("messages")),
        orNull(source, "tools", json),
        orNull(source, "documents", json),
        json.path("add_generation_prompt").asBoolean(false),
        json.path("continue_final_message").asBoolean(false),
        variables);
  }

  private static @Nullable List<Map<String, ?>> orNull(String source, String name, JsonNode json) {
    JsonNode node = json.path(name);
    return node.isMissingNode() || node.isNull() ? null : objects(source, name, node);
  }

  /**
   * Reads a list of objects.
   *
   * @param source name of the file, for error messages
   * @param name name of the list, for error messages
   * @param array the list
   * @return the objects
   * @throws IllegalArgumentException if it is no list, or an element is no object
   */
  public static List<Map<String, ?>> objects(String source, String name, JsonNode array) {
    if (!array.isArray()) {
      throw new IllegalArgumentException(
          source + ": " + name + ": must be a list, got " + shown(array));
    }
    List<Map<String, ?>> objects = new ArrayList<>();
    for (JsonNode element : array) {
      if (!element.isObject()) {
        throw new IllegalArgumentException(
            source
                + ": "
                + name
                + "["
                + objects.size()
                + "]: must be an object, got "
                + shown(element));
      }
      objects.add(object(element));
    }
    return objects;
  }

  private static Map<String, @Nullable Object> object(JsonNode json) {
    Map<String, @Nullable Object> map = new LinkedHashMap<>();
    json.properties().forEach(entry -> map.put(entry.getKey(), value(entry.getValue())));
    return map;
  }

  /**
   * Converts a JSON value.
   *
   * @param json the value
   * @return null, a boolean, a number, a string, a list or a map
   */
  public static @Nullable Object value(JsonNode json) {
    return switch (json.getNodeType()) {
      case OBJECT -> object(json);
      case ARRAY -> {
        List<@Nullable Object> list = new ArrayList<>(json.size());
        json.forEach(element -> list.add(value(element)));
        yield list;
      }
      case STRING -> json.stringValue();
      case BOOLEAN -> json.booleanValue();
      case NUMBER -> number(json);
      default -> null;
    };
  }

  private static Object number(JsonNode json) {
    if (!json.isIntegralNumber()) {
      return json.doubleValue();
    }
    BigInteger whole = json.bigIntegerValue();
    return whole.bitLength() < 64 ? (Object) whole.longValue() : whole;
  }

  private static String shown(JsonNode json) {
    String text = json.toString();
    return text.length() > 60 ? text.substring(0, 60) + "..." : text;
  }
}
