package dev.rapt.train.example;

import java.nio.file.Path;
import java.util.Locale;

/** Format of a file of examples. */
public enum ExampleFormat {
  /** Cells separated by tabs, without quotes (IANA text/tab-separated-values). */
  TSV,
  /** Cells separated by commas, in double quotes where needed; RFC 4180. */
  CSV,
  /** A JSON object on each line. */
  JSON_LINES,
  /** A JSON array of objects, or objects one after the other, on any number of lines. */
  JSON;

  /**
   * Returns the format that the ending of a name says: {@code .tsv}, {@code .csv}, {@code .jsonl},
   * {@code .ndjson} or {@code .json}, with {@code .gz} behind it or without.
   *
   * @throws IllegalArgumentException if the ending says none
   */
  public static ExampleFormat of(Path file) {
    String name = file.toString().toLowerCase(Locale.ROOT);
    name = name.endsWith(".gz") ? name.substring(0, name.length() - 3) : name;
    return switch (name.substring(name.lastIndexOf('.') + 1)) {
      case "tsv" -> TSV;
      case "csv" -> CSV;
      case "jsonl", "ndjson" -> JSON_LINES;
      case "json" -> JSON;
      default ->
          throw new IllegalArgumentException(
              file + ": name must end in .tsv, .csv, .jsonl or .json; rename it");
    };
  }
}
