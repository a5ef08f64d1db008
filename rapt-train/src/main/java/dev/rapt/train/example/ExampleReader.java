package dev.rapt.train.example;

import dev.rapt.checkpoint.JsonFiles;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Reads the examples of a file one after the other. The first line of a table names its columns,
 * unless the caller names them. Blank lines are skipped. Files whose name ends in {@code .gz} are
 * decompressed.
 */
public final class ExampleReader implements Closeable {
  private static final JsonMapper JSON = JsonMapper.shared();

  private final Path file;
  private final ExampleFormat format;
  private final ExampleLines lines;
  private @Nullable List<String> columns;

  private ExampleReader(
      Path file, ExampleFormat format, ExampleLines lines, @Nullable List<String> columns) {
    this.file = file;
    this.format = format;
    this.lines = lines;
    this.columns = columns;
  }

  /**
   * Opens a file whose name says the format.
   *
   * @throws IOException if it cannot be read
   * @throws IllegalArgumentException if the ending of its name says no format
   */
  public static ExampleReader open(Path file) throws IOException {
    return open(file, ExampleFormat.of(file), null);
  }

  /**
   * Opens a file.
   *
   * @param columns names of the columns of a table that has no line with their names; null if it
   *     has one. JSON Lines name their fields themselves
   * @throws IOException if it cannot be read
   * @throws IllegalArgumentException if a name occurs twice
   */
  public static ExampleReader open(Path file, ExampleFormat format, @Nullable List<String> columns)
      throws IOException {
    String problem = columns == null ? null : problem(columns);
    if (problem != null) {
      throw new IllegalArgumentException(problem);
    }
    return new ExampleReader(file, format, ExampleLines.open(file), columns);
  }

  /**
   * Reads a whole file whose name says the format.
   *
   * @throws IOException if it cannot be read
   * @throws ExampleException if a line cannot be used
   */
  public static List<Example> readAll(Path file) throws IOException {
    List<Example> examples = new ArrayList<>();
    try (ExampleReader reader = open(file)) {
      for (Example next = reader.next(); next != null; next = reader.next()) {
        examples.add(next);
      }
    }
    return examples;
  }

  /**
   * Returns the next example, or null behind the last one.
   *
   * @throws IOException if the file cannot be read
   * @throws ExampleException if the line cannot be used: it is not UTF-8, not JSON, or a table row
   *     with too many or too few cells
   */
  public @Nullable Example next() throws IOException {
    String line = nextLine();
    if (line == null) {
      return null;
    }
    if (format == ExampleFormat.JSON_LINES) {
      return new Example(file, lines.number(), object(line));
    }
    long number = lines.number();
    List<String> names = columns;
    if (names == null) {
      names = header(cells(line), number);
      columns = names;
      line = nextLine();
      if (line == null) {
        return null;
      }
      number = lines.number();
    }
    return new Example(file, number, row(names, cells(line), number));
  }

  private @Nullable String nextLine() throws IOException {
    String line = lines.next();
    while (line != null && line.isBlank()) {
      line = lines.next();
    }
    return line;
  }

  private List<String> cells(String line) throws IOException {
    return format == ExampleFormat.TSV
        ? List.of(line.split("\t", -1))
        : CsvRecord.read(file, lines, line);
  }

  private List<String> header(List<String> cells, long line) {
    List<String> names = cells.stream().map(String::strip).toList();
    String problem = problem(names);
    if (problem != null) {
      throw new ExampleException(file, line, problem);
    }
    return names;
  }

  private static @Nullable String problem(List<String> names) {
    Set<String> distinct = new HashSet<>(names);
    return distinct.size() == names.size() && !distinct.contains("")
        ? null
        : "the names of the columns must be distinct and not empty, got " + names;
  }

  private ObjectNode row(List<String> names, List<String> cells, long line) {
    if (cells.size() != names.size()) {
      throw new ExampleException(
          file,
          line,
          "must have %d cells, as the columns %s, got %d"
              .formatted(names.size(), names, cells.size()));
    }
    ObjectNode fields = JSON.createObjectNode();
    for (int i = 0; i < cells.size(); i++) {
      fields.put(names.get(i), cells.get(i));
    }
    return fields;
  }

  private ObjectNode object(String line) {
    JsonNode node;
    try {
      node = JSON.readTree(line);
    } catch (JacksonException e) {
      throw new ExampleException(
          file, lines.number(), "must be a JSON object, but " + JsonFiles.describe(e));
    }
    if (!(node instanceof ObjectNode object)) {
      throw new ExampleException(
          file, lines.number(), "must be a JSON object, got " + node.getNodeType());
    }
    return object;
  }

  @Override
  public void close() throws IOException {
    lines.close();
  }
}
