package dev.rapt.json;

import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.exc.StreamReadException;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.MissingNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Reads JSON trees with Jackson's parser but without its object mapper, whose classes take half a
 * second to load at start-up. The last value of a duplicate key wins, unless the factory forbids
 * duplicates.
 */
public final class JsonTree {
  /** Reads values at certain paths in another form, for large tables. */
  @FunctionalInterface
  public interface Shortcut {
    /**
     * Reads the value that begins at the current token up to its last token, or returns null and
     * leaves the parser unchanged.
     *
     * @param place names of the properties that lead to the value, joined by dots
     */
    @Nullable JsonNode read(String place, JsonParser parser);
  }

  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

  private JsonTree() {}

  /**
   * Reads a text with one value; returns a {@link MissingNode} if it is empty.
   *
   * @throws tools.jackson.core.JacksonException if the text is not valid JSON, or anything follows
   *     the value
   */
  public static JsonNode read(JsonFactory factory, byte[] utf8) {
    try (JsonParser parser = factory.createParser(ObjectReadContext.empty(), utf8)) {
      return whole(parser, null);
    }
  }

  /**
   * Reads a text with one value; returns a {@link MissingNode} if it is empty.
   *
   * @param shortcut reads some values in another form; null for none
   */
  public static JsonNode read(JsonFactory factory, String text, @Nullable Shortcut shortcut) {
    try (JsonParser parser = factory.createParser(ObjectReadContext.empty(), text)) {
      return whole(parser, shortcut);
    }
  }

  private static JsonNode whole(JsonParser parser, @Nullable Shortcut shortcut) {
    if (parser.nextToken() == null) {
      return MissingNode.getInstance();
    }
    JsonNode value = value(parser, "", shortcut);
    JsonToken more = parser.nextToken();
    if (more != null) {
      throw new StreamReadException(parser, "the text must end after the value, got " + more);
    }
    return value;
  }

  /** Reads the value that begins at the current token, up to its last token. */
  public static JsonNode value(JsonParser parser) {
    return value(parser, "", null);
  }

  private static JsonNode value(JsonParser parser, String place, @Nullable Shortcut shortcut) {
    return switch (parser.currentToken()) {
      case START_OBJECT -> object(parser, place, shortcut);
      case START_ARRAY -> {
        ArrayNode array = NODES.arrayNode();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
          array.add(value(parser, place, null));
        }
        yield array;
      }
      case VALUE_STRING -> NODES.stringNode(parser.getString());
      case VALUE_NUMBER_INT ->
          switch (parser.getNumberType()) {
            case INT -> NODES.numberNode(parser.getIntValue());
            case LONG -> NODES.numberNode(parser.getLongValue());
            default -> NODES.numberNode(parser.getBigIntegerValue());
          };
      case VALUE_NUMBER_FLOAT -> NODES.numberNode(parser.getDoubleValue());
      case VALUE_TRUE -> NODES.booleanNode(true);
      case VALUE_FALSE -> NODES.booleanNode(false);
      case VALUE_NULL -> NODES.nullNode();
      case null, default -> throw new StreamReadException(parser, "expected a value, got the end");
    };
  }

  private static ObjectNode object(JsonParser parser, String place, @Nullable Shortcut shortcut) {
    ObjectNode object = NODES.objectNode();
    for (String name = parser.nextName(); name != null; name = parser.nextName()) {
      parser.nextToken();
      JsonNode child = null;
      String childPlace = place;
      if (shortcut != null) {
        childPlace = place.isEmpty() ? name : place + "." + name;
        child = shortcut.read(childPlace, parser);
      }
      object.set(name, child == null ? value(parser, childPlace, shortcut) : child);
    }
    return object;
  }
}
