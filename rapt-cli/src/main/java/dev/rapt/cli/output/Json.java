package dev.rapt.cli.output;

import java.io.PrintWriter;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.json.JsonMapper;

/**
 * Results for programs: JSON objects on the standard output, one on each line. Keys are in
 * snake_case, those of records too.
 */
public final class Json {
  private static final JsonMapper PLAIN =
      JsonMapper.builder().propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE).build();

  private Json() {}

  /** Prints a map, list, record, number or string as JSON on one line. */
  public static void print(PrintWriter out, Object value) {
    out.println(PLAIN.writeValueAsString(value));
    out.flush();
  }
}
