package dev.rapt.json;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.core.JacksonException;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;

final class JsonTreeTest {
  private static final JsonFactory FACTORY = new JsonFactory();

  @Test
  void treesEqualThoseOfTheObjectMapper() {
    for (String text :
        List.of(
            "{\"a\": [1, -2147483649, 123456789012345678901234567890, 1.5e300, 0.1], \"b\": {}}",
            "[true, false, null, \"\\u00e9\\n\", [], [[\"x\"]]]",
            "{\"a\": 1, \"b\": 2, \"a\": {\"c\": 3}}",
            "7",
            "\"text\"",
            "null",
            "")) {
      JsonNode want = JsonMapper.shared().readTree(text.getBytes(UTF_8));
      assertThat(JsonTree.read(FACTORY, text.getBytes(UTF_8))).as(text).isEqualTo(want);
    }
  }

  @Test
  void brokenTextsAreRefused() {
    for (String text : List.of("{", "[1", "{\"a\"}", "[1] 2", "{\"a\": }", "tru", "]")) {
      assertThatThrownBy(() -> JsonTree.read(FACTORY, text.getBytes(UTF_8)))
          .as(text)
          .isInstanceOf(JacksonException.class);
    }
  }

  @Test
  void shortcutsSeeThePlaceAndReplaceTheValue() {
    JsonNode read =
        JsonTree.read(
            FACTORY,
            "{\"a\": {\"b\": [1, 2], \"c\": 3}, \"b\": [4]}",
            (place, parser) ->
                place.equals("a.b")
                    ? JsonNodeFactory.instance.numberNode(JsonTree.value(parser).size())
                    : null);
    assertThat(read).hasToString("{\"a\":{\"b\":2,\"c\":3},\"b\":[4]}");
  }
}
