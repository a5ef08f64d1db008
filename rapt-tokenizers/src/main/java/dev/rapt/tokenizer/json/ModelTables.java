package dev.rapt.tokenizer.json;

import dev.rapt.json.JsonTree;
import dev.rapt.tokenizer.model.Vocabulary;
import dev.rapt.tokenizer.types.TokenizerFileException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.POJONode;

/**
 * Reads the large tables of a tokenizer.json (vocabulary and merges) without creating JSON nodes,
 * which would take several times as long and as much memory.
 *
 * @param file named in errors
 */
record ModelTables(String file) implements JsonTree.Shortcut {
  private static final String VOCABULARY = "model.vocab";
  private static final String MERGES = "model.merges";

  /** Initial capacity in tokens. */
  private static final int USUAL_SIZE = 1 << 16;

  /**
   * Merges in order of rank.
   *
   * @param left first tokens; in older files both tokens with a space between, and the second is
   *     null
   * @param right second tokens
   */
  record Merges(List<String> left, List<@Nullable String> right) {
    /** Returns the merges that were read for a field. */
    static Merges of(Field field) {
      if (field.node() instanceof POJONode table && table.getPojo() instanceof Merges merges) {
        return merges;
      }
      throw field.error("must be an array");
    }

    int size() {
      return left.size();
    }

    /** Returns the two tokens of a merge. */
    String[] parts(Field merges, int rank) {
      String second = right.get(rank);
      if (second != null) {
        return new String[] {left.get(rank), second};
      }
      String[] parts = left.get(rank).split(" ", -1);
      if (parts.length != 2) {
        throw field(merges, rank).error("must be two tokens");
      }
      return parts;
    }

    /** Returns a merge as it is written in the file. */
    Field field(Field merges, int rank) {
      String first = left.get(rank), second = right.get(rank);
      JsonNodeFactory nodes = JsonNodeFactory.instance;
      return new Field(
          merges.file(),
          merges.place() + "[" + rank + "]",
          second == null ? nodes.stringNode(first) : nodes.arrayNode().add(first).add(second));
    }
  }

  @Override
  public @Nullable JsonNode read(String place, JsonParser parser) {
    JsonToken begin = parser.currentToken();
    if (begin == JsonToken.START_OBJECT && place.equals(VOCABULARY)) {
      return new POJONode(vocabulary(parser));
    }
    return begin == JsonToken.START_ARRAY && place.equals(MERGES)
        ? new POJONode(merges(parser))
        : null;
  }

  private Vocabulary vocabulary(JsonParser parser) {
    Vocabulary.Builder ids = new Vocabulary.Builder(USUAL_SIZE);
    for (String token = parser.nextName(); token != null; token = parser.nextName()) {
      boolean isId =
          parser.nextToken() == JsonToken.VALUE_NUMBER_INT
              && parser.getNumberType() == JsonParser.NumberType.INT
              && parser.getIntValue() >= 0;
      if (!isId) {
        throw new Field(file, VOCABULARY + "." + token, JsonTree.value(parser))
            .error("must be an id, a whole number of at least 0");
      }
      ids.add(token, parser.getIntValue());
    }
    return new Field(file, VOCABULARY, null).at(ids::build);
  }

  private Merges merges(JsonParser parser) {
    Merges merges = new Merges(new ArrayList<>(), new ArrayList<>());
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      if (parser.currentToken() == JsonToken.VALUE_STRING) {
        merges.left.add(parser.getString());
        merges.right.add(null);
        continue;
      }
      if (parser.currentToken() != JsonToken.START_ARRAY) {
        throw noMerge(merges.size(), JsonTree.value(parser));
      }
      String first = parser.nextStringValue();
      String second = first == null ? null : parser.nextStringValue();
      if (first == null || second == null || parser.nextToken() != JsonToken.END_ARRAY) {
        throw noMerge(merges.size(), restOfArray(parser, first, second));
      }
      merges.left.add(first);
      merges.right.add(second);
    }
    return merges;
  }

  private TokenizerFileException noMerge(int rank, JsonNode node) {
    return new Field(file, MERGES + "[" + rank + "]", node).error("must be two tokens");
  }

  /** Reads the rest of an array whose first strings have been read. */
  private static JsonNode restOfArray(
      JsonParser parser, @Nullable String first, @Nullable String second) {
    ArrayNode array = JsonNodeFactory.instance.arrayNode();
    for (String read : new @Nullable String[] {first, second}) {
      if (read != null) {
        array.add(read);
      }
    }
    while (parser.currentToken() != JsonToken.END_ARRAY) {
      array.add(JsonTree.value(parser));
      parser.nextToken();
    }
    return array;
  }
}
