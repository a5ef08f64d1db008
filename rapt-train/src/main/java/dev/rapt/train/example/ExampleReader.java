package dev.rapt.train.example;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads the examples of a file one after the other. The first line of a table names its columns,
 * unless the caller names them. Blank lines are skipped. Files whose name ends in {@code .gz} are
 * decompressed. One example is in memory at a time.
 */
public final class ExampleReader implements Closeable {
  private final ExampleSource source;

  private ExampleReader(ExampleSource source) {
    this.source = source;
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
   *     has one. JSON names its fields itself
   * @throws IOException if it cannot be read
   * @throws IllegalArgumentException if a name occurs twice
   */
  public static ExampleReader open(Path file, ExampleFormat format, @Nullable List<String> columns)
      throws IOException {
    String problem = columns == null ? null : LineExamples.problem(columns);
    if (problem != null) {
      throw new IllegalArgumentException(problem);
    }
    return new ExampleReader(
        format == ExampleFormat.JSON
            ? JsonExamples.open(file)
            : new LineExamples(file, format, columns));
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
    return source.next();
  }

  @Override
  public void close() throws IOException {
    source.close();
  }
}
