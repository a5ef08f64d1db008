package dev.rapt.cli.output;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class JsonTest {
  private record Pair(double first, float second) {}

  @Test
  void numbersThatAreNotFiniteAreNull() {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("loss", Double.NaN);
    map.put("scores", List.of(Float.NEGATIVE_INFINITY, 1.5f, 0.1, 3));
    map.put("pair", new Pair(Double.POSITIVE_INFINITY, 0.1f));
    StringWriter out = new StringWriter();
    Json.print(new PrintWriter(out), map);
    assertThat(out.toString().strip())
        .isEqualTo(
            "{\"loss\":null,\"scores\":[null,1.5,0.1,3],\"pair\":{\"first\":null,\"second\":0.1}}");
  }
}
