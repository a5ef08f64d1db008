package dev.rapt.reward;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rapt.checkpoint.JsonFiles;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Schemas on values, compared with what the Python library jsonschema says. */
class JsonSchemaTest {
  @Test
  void valuesFitAsInTheReference() throws URISyntaxException {
    Path file =
        Path.of(
            Objects.requireNonNull(JsonSchemaTest.class.getResource("/golden/reward/schemas.json"))
                .toURI());
    JsonNode recorded = JsonFiles.read(file);
    JsonNode values = recorded.get("values");
    for (JsonNode each : recorded.get("cases")) {
      JsonSchema schema = JsonSchema.of(each.get("schema"));
      for (int i = 0; i < values.size(); i++) {
        assertThat(schema.fits(values.get(i)))
            .as("%s on %s", each.get("schema"), values.get(i))
            .isEqualTo(each.get("fits").get(i).asBoolean());
      }
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{'properties': {'a': {'requird': []}}} | keywords of a schema must be among those that are known, got requird; leave it out",
        "{'items': 3} | a schema must be an object or a truth value, got 3",
        "{'$ref': '#/$defs/x'} | $ref must point into the file, such as #/$defs/name, got #/$defs/x",
        "{'$ref': 'other.json'} | $ref must point into the file, such as #/$defs/name, got other.json",
        "{'type': 5} | type must be a type such as string, or a list of types, got 5",
        "{'type': ['text']} | type must be a type such as string, or a list of types, got ['text']",
        "{'required': 'a'} | required must be a list of names, got 'a'",
        "{'minItems': -1} | minItems must be a whole number of at least 0, got -1",
        "{'anyOf': []} | anyOf must be a list of schemas, got []",
        "{'pattern': '('} | patterns must be regular expressions, got (: Unclosed group",
      })
  void whatIsNoSchemaIsRefused(String schema, String message) {
    JsonNode json = JsonMapper.shared().readTree(schema.replace('\'', '"'));
    assertThatThrownBy(() -> JsonSchema.of(json)).hasMessage(message.replace('\'', '"'));
  }
}
