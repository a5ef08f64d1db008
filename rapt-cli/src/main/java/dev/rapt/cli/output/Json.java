package dev.rapt.cli.output;

import java.io.PrintWriter;
import tools.jackson.core.JsonGenerator;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.SerializationContext;
import tools.jackson.databind.ValueSerializer;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.module.SimpleModule;

/**
 * Results for programs: JSON objects on the standard output, one on each line. Keys are in
 * snake_case, those of records too. Numbers that are not finite become null.
 */
public final class Json {
  private static final JsonMapper PLAIN =
      JsonMapper.builder()
          .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
          .addModule(
              new SimpleModule()
                  .addSerializer(Double.class, new FiniteNumber<>())
                  .addSerializer(double.class, new FiniteNumber<>())
                  .addSerializer(Float.class, new FiniteNumber<>())
                  .addSerializer(float.class, new FiniteNumber<>()))
          .build();

  /** JSON has no NaN and no infinity: null says that there is no number. */
  private static final class FiniteNumber<N extends Number> extends ValueSerializer<N> {
    @Override
    public void serialize(N value, JsonGenerator json, SerializationContext context) {
      if (!Double.isFinite(value.doubleValue())) {
        json.writeNull();
      } else if (value instanceof Float single) {
        json.writeNumber(single);
      } else {
        json.writeNumber(value.doubleValue());
      }
    }
  }

  private Json() {}

  /** Prints a map, list, record, number or string as JSON on one line. */
  public static void print(PrintWriter out, Object value) {
    out.println(line(value));
    out.flush();
  }

  /** Returns a map, list, record, number or string as JSON on one line. */
  public static String line(Object value) {
    return PLAIN.writeValueAsString(value);
  }
}
