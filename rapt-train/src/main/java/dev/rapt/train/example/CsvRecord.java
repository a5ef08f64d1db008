package dev.rapt.train.example;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads records of RFC 4180, section 2: cells separated by commas; a cell in double quotes may hold
 * commas, line ends, and quotes that are doubled. What the section forbids is an error that names
 * the line, since a guess would shift labels to other examples.
 */
final class CsvRecord {
  private final Path file;
  private final ExampleLines lines;
  private final List<String> cells = new ArrayList<>();
  private final long firstLine;
  private String line;

  private CsvRecord(Path file, ExampleLines lines, String line) {
    this.file = file;
    this.lines = lines;
    this.line = line;
    firstLine = lines.number();
  }

  /**
   * Returns the cells of the record that begins with this line, the last one read; reads further
   * lines if a quoted cell goes on in them.
   */
  static List<String> read(Path file, ExampleLines lines, String line) throws IOException {
    CsvRecord csv = new CsvRecord(file, lines, line);
    int at = 0;
    do {
      at = csv.line.startsWith("\"", at) ? csv.quoted(at + 1) : csv.plain(at);
    } while (at >= 0);
    return csv.cells;
  }

  /** Adds the cell that begins here; returns where the next one begins, or -1. */
  private int plain(int from) {
    int comma = line.indexOf(',', from);
    String cell = line.substring(from, comma < 0 ? line.length() : comma);
    if (cell.indexOf('"') >= 0) {
      throw error("a quote inside a cell must be doubled, and the cell must be in quotes");
    }
    cells.add(cell);
    return comma < 0 ? -1 : comma + 1;
  }

  /** Adds the cell whose opening quote lies before this place. */
  private int quoted(int from) throws IOException {
    StringBuilder cell = new StringBuilder();
    int at = from;
    while (true) {
      int quote = line.indexOf('"', at);
      if (quote < 0) {
        cell.append(line, at, line.length()).append('\n');
        line = nextLine();
        at = 0;
      } else if (line.startsWith("\"", quote + 1)) {
        cell.append(line, at, quote + 1);
        at = quote + 2;
      } else {
        cell.append(line, at, quote);
        cells.add(cell.toString());
        return afterQuote(quote + 1);
      }
    }
  }

  private String nextLine() throws IOException {
    @Nullable String next = lines.next();
    if (next == null) {
      throw error("a quote opens in this record and must be closed, but the file ends");
    }
    return next;
  }

  private int afterQuote(int at) {
    if (at == line.length()) {
      return -1;
    }
    if (line.charAt(at) == ';') {
      throw error(
          "columns must be separated by commas, got semicolons; export the table with commas, or with tabs as .tsv");
    }
    if (line.charAt(at) != ',') {
      throw error(
          "a comma must follow a closing quote, got \"%s\"; double the quotes inside cells"
              .formatted(line.substring(at, Math.min(line.length(), at + 20))));
    }
    return at + 1;
  }

  private ExampleException error(String message) {
    return new ExampleException(file, firstLine, message);
  }
}
