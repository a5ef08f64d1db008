package dev.rapt.train.example;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * One example of a file: a row of a table, or a line of JSON Lines.
 *
 * @param file the file it comes from
 * @param line number of its first line, counted from 1
 * @param fields its values by column name; the cells of tables are text
 */
public record Example(Path file, long line, ObjectNode fields) {
  /** Returns whether the example has a value in this column. */
  public boolean has(String column) {
    return fields.hasNonNull(column);
  }

  /**
   * Returns the column of a role: the one that the user names, else the first that is there among
   * names that data sets commonly use.
   *
   * @param role name of the role
   * @param named columns that the user names, by role
   * @param usual names that are tried if the user names none
   * @throws ExampleException if there is no such column
   */
  public String column(String role, Map<String, String> named, List<String> usual) {
    List<String> names = named.containsKey(role) ? List.of(named.get(role)) : usual;
    return names.stream()
        .filter(fields::has)
        .findFirst()
        .orElseThrow(() ->
            error(
                "must have a column for the %s, named %s, got the columns %s; name it with --columns %s=NAME"
                    .formatted(role, String.join(" or ", names), fields.propertyNames(), role)));
  }

  /**
   * Returns a value as text; numbers and truth values as JSON writes them.
   *
   * @throws ExampleException if the column is missing, or holds a list or an object
   */
  public String text(String column) {
    JsonNode value = fields.get(column);
    if (value == null || value.isNull()) {
      throw error(
          "must have a value in \"%s\", got the columns %s"
              .formatted(column, fields.propertyNames()));
    }
    if (value.isContainer()) {
      throw error("\"%s\" must be text, got %s".formatted(column, brief(value)));
    }
    return value.asString();
  }

  /** Returns whether the value in this column is a list. */
  public boolean isList(String column) {
    return fields.path(column).isArray();
  }

  /**
   * Returns a value that is a list of texts.
   *
   * @throws ExampleException if it is missing, no list, or holds something else than text
   */
  public List<String> texts(String column) {
    if (!isList(column)) {
      throw error(
          "\"%s\" must be a list of texts, got %s"
              .formatted(column, has(column) ? brief(fields.get(column)) : "none"));
    }
    List<String> texts = new ArrayList<>();
    for (JsonNode value : fields.get(column)) {
      if (!value.isString()) {
        throw error("\"%s\" must be a list of texts, got %s in it".formatted(column, brief(value)));
      }
      texts.add(value.asString());
    }
    return texts;
  }

  /**
   * Returns a value as a number.
   *
   * @throws ExampleException if it is missing or not a finite number
   */
  public double number(String column) {
    String text = text(column).strip();
    try {
      double value = Double.parseDouble(text);
      if (Double.isFinite(value)) {
        return value;
      }
    } catch (NumberFormatException e) {
      // reported below, as numbers that are not finite are
    }
    throw error("\"%s\" must be a number, got \"%s\"".formatted(column, text));
  }

  /** Returns an exception about this example. */
  public ExampleException error(String message) {
    return new ExampleException(file, line, message);
  }

  private static String brief(JsonNode value) {
    String json = value.toString();
    return json.length() <= 40 ? json : json.substring(0, 40) + "...";
  }
}
