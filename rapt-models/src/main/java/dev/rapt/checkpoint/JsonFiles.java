package dev.rapt.checkpoint;

import dev.rapt.json.JsonTree;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.json.JsonReadFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * JSON files of a checkpoint. Reading is strict (UTF-8, no duplicate keys, nothing after the
 * value), except that {@code NaN} and {@code Infinity}, which Python writes, are allowed; writing
 * is atomic.
 */
public final class JsonFiles {
  private static final JsonFactory FACTORY =
      JsonFactory.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
          .build();

  /**
   * In a class of its own, so that the slow loading of the mapper's classes is deferred to the
   * first write.
   */
  private static final class Writer {
    static final JsonMapper MAPPER =
        JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();
  }

  private JsonFiles() {}

  /**
   * Reads a file that holds one JSON value.
   *
   * @throws CheckpointException if the file is missing, unreadable or not valid JSON; the message
   *     includes line and column
   */
  public static JsonNode read(Path file) {
    byte[] bytes;
    try {
      bytes = Files.readAllBytes(file);
    } catch (NoSuchFileException e) {
      throw new CheckpointException(file, null, "not found in " + parentOf(file), e);
    } catch (IOException e) {
      throw new CheckpointException(file, null, "cannot be read: " + e.getMessage(), e);
    }
    try {
      JsonNode node = JsonTree.read(FACTORY, bytes);
      if (node.isMissingNode()) {
        throw new CheckpointException(file, "must hold a JSON value, got an empty file");
      }
      return node;
    } catch (JacksonException e) {
      throw new CheckpointException(file, null, "must be valid JSON, but " + describe(e), e);
    }
  }

  /**
   * Writes a value (map, list, record, string or number) as indented JSON, atomically.
   *
   * @throws CheckpointException if the file cannot be written; an older file is then unchanged
   */
  public static void write(Path file, Object value) {
    String text = Writer.MAPPER.writeValueAsString(value) + "\n";
    AtomicFiles.write(file, text.getBytes(StandardCharsets.UTF_8));
  }

  /** Returns a short description of a JSON value for error messages. */
  static String describe(JsonNode node) {
    if (node.isObject()) {
      return "an object";
    }
    if (node.isArray()) {
      return "an array of " + node.size();
    }
    String text =
        node.isFloatingPointNumber() ? Double.toString(node.doubleValue()) : node.toString();
    return text.length() <= 60 ? text : text.substring(0, 57) + "...";
  }

  /** Returns the problem that a parser found in a line of a file, with its column. */
  public static String describeInLine(JacksonException e) {
    return e.getLocation() == null
        ? problem(e)
        : "column %d: %s".formatted(e.getLocation().getColumnNr(), problem(e));
  }

  /** Returns the problem that a parser found, with line and column. */
  public static String describe(JacksonException e) {
    return e.getLocation() == null
        ? problem(e)
        : "line %d, column %d: %s"
            .formatted(e.getLocation().getLineNr(), e.getLocation().getColumnNr(), problem(e));
  }

  private static String problem(JacksonException e) {
    String problem = e.getOriginalMessage();
    int line = problem.indexOf('\n');
    problem = line < 0 ? problem : problem.substring(0, line);
    int source = problem.indexOf(" (start marker at [Source:"); // the parser's own data
    return source < 0 ? problem : problem.substring(0, source);
  }

  private static String parentOf(Path file) {
    Path parent = file.getParent();
    return parent == null ? "the working directory" : parent.toString();
  }
}
