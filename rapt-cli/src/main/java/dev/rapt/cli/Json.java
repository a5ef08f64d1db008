package dev.rapt.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** Results for programs: one JSON object on the standard output. */
final class Json {
  private static final JsonMapper PRETTY =
      JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

  private static final JsonMapper PLAIN = JsonMapper.builder().build();

  private Json() {}

  /**
   * Reads a JSON file.
   *
   * @throws CommandException if it is none; says where it goes wrong
   */
  static JsonNode read(Path file) throws IOException {
    try {
      return PLAIN.readTree(TextSource.read(file));
    } catch (JacksonException e) {
      throw new CommandException(file + ": must be valid JSON, got " + e.getOriginalMessage(), e);
    }
  }

  /** Prints maps, lists, numbers and strings as an indented object. */
  static void print(PrintWriter out, Object value) {
    out.println(PRETTY.writeValueAsString(value));
  }

  /** Prints a line of JSON Lines and flushes it. */
  static void printLine(PrintWriter out, Object value) {
    out.println(PLAIN.writeValueAsString(value));
    out.flush();
  }
}
