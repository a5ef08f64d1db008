package dev.rapt.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Results for programs: JSON objects on the standard output, a line each. */
final class Json {
  private static final JsonMapper PLAIN = JsonMapper.builder().build();

  private Json() {}

  /**
   * Reads a JSON file.
   *
   * @throws CommandException if it is none; says where it goes wrong
   */
  static JsonNode read(Path file) throws IOException {
    String text = TextSource.read(file);
    if (text.isBlank()) {
      throw new CommandException(file + ": must hold JSON, got an empty file");
    }
    try {
      return PLAIN.readTree(text);
    } catch (JacksonException e) {
      throw new CommandException(file + ": must be valid JSON, got " + e.getOriginalMessage(), e);
    }
  }

  /** Prints maps, lists, numbers and strings as an object on a line of its own. */
  static void print(PrintWriter out, Object value) {
    out.println(PLAIN.writeValueAsString(value));
    out.flush();
  }
}
