package dev.rapt.train.example;

import dev.rapt.checkpoint.JsonFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** The examples of a table or of JSON Lines. */
final class LineExamples implements ExampleSource {
  private static final JsonMapper JSON = JsonMapper.shared();

  private final Path file;
  private final ExampleFormat format;
  private final ExampleLines lines;
  private @Nullable List<String> columns;

  LineExamples(Path file, ExampleFormat format, @Nullable List<String> columns) throws IOException {
    this.file = file;
    this.format = format;
    this.columns = columns;
    lines = ExampleLines.open(file);
  }

  @Override
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

  /** Returns what is wrong with names of columns; null if nothing is. */
  static @Nullable String problem(List<String> names) {
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
          file, lines.number(), "must be a JSON object, but " + JsonFiles.describeInLine(e));
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
