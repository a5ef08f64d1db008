package dev.rapt.generate.constrain.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rapt.generate.constrain.Grammar;
import dev.rapt.generate.options.JsonSpacing;
import java.math.BigDecimal;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SchemaCompilerTest {
  @Test
  void propertiesComeInTheOrderOfTheSchema() {
    Grammar grammar =
        Grammar.ofJsonSchema(
            "{\"properties\":{\"b\":{\"type\":\"integer\"},\"a\":{\"type\":\"null\"}},"
                + "\"required\":[\"a\"],\"additionalProperties\":false,\"type\":\"object\"}");
    assertThat(grammar.matches("{\"b\": 1, \"a\": null}")).isTrue();
    assertThat(grammar.matches("{\"a\":null}")).isTrue();
    assertThat(grammar.matches("{\"a\":null,\"b\":1}")).isFalse();
    assertThat(grammar.matches("{\"b\":1}")).isFalse();
    assertThat(grammar.matches("{\"b\":1,\"a\":null,\"c\":1}")).isFalse();
  }

  @Test
  void whiteSpaceIsThatOfTheSpacing() {
    String schema = "{\"type\":\"array\"}";
    assertThat(Grammar.ofJsonSchema(schema).matches("[1, {\"a\": 2}]")).isTrue();
    assertThat(Grammar.ofJsonSchema(schema).matches("[ 1]")).isFalse();
    assertThat(Grammar.ofJsonSchema(schema, JsonSpacing.NONE).matches("[1,2]")).isTrue();
    assertThat(Grammar.ofJsonSchema(schema, JsonSpacing.NONE).matches("[1, 2]")).isFalse();
    Grammar wide = Grammar.ofJsonSchema(schema, JsonSpacing.upTo(3));
    assertThat(wide.matches("[\n  1 ,\n\t2\n]")).isTrue();
    assertThat(wide.matches("[    1]")).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "minimum,-12.5,true",
    "exclusiveMinimum,0,true",
    "maximum,103,true",
    "exclusiveMaximum,-7,true",
    "minimum,0.05,false",
    "exclusiveMinimum,-0.5,false",
    "maximum,99.99,false",
    "exclusiveMaximum,10,false",
    "multipleOf,7,true",
    "multipleOf,0.25,false",
    "multipleOf,1.5,true"
  })
  void boundsOfNumbersAreExact(String keyword, String bound, boolean integer) {
    Grammar grammar =
        Grammar.ofJsonSchema(
            "{\"type\":\"%s\",\"%s\":%s}"
                .formatted(integer ? "integer" : "number", keyword, bound));
    BigDecimal limit = new BigDecimal(bound);
    SplittableRandom random = new SplittableRandom(5);
    for (int i = 0; i < 4000; i++) {
      int scale = integer ? 0 : random.nextInt(4);
      BigDecimal value = BigDecimal.valueOf(random.nextInt(-3000, 3000), scale);
      if (i % 3 == 0) {
        value =
            limit.add(BigDecimal.valueOf(random.nextInt(-2, 3), Math.max(scale, limit.scale())));
      }
      if (integer && value.stripTrailingZeros().scale() > 0) {
        continue;
      }
      String text = (integer ? value.setScale(0) : value).toPlainString();
      int order = value.compareTo(limit);
      boolean valid =
          switch (keyword) {
            case "minimum" -> order >= 0;
            case "exclusiveMinimum" -> order > 0;
            case "maximum" -> order <= 0;
            case "exclusiveMaximum" -> order < 0;
            default -> value.remainder(limit).signum() == 0;
          };
      assertThat(grammar.matches(text)).as(text).isEqualTo(valid);
    }
  }

  @Test
  void schemasOfOneValueApplyTogether() {
    Grammar grammar =
        Grammar.ofJsonSchema(
            """
            {"$defs": {"named": {"properties": {"name": {"type": "string", "minLength": 2}}}},
             "type": "object", "properties": {"kind": {"type": "string"}},
             "required": ["kind", "name"],
             "allOf": [{"$ref": "#/$defs/named"}],
             "oneOf": [{"properties": {"kind": {"const": "a"}, "name": {"pattern": "^x"}}},
                       {"properties": {"kind": {"enum": ["b", 1]}, "name": {"maxLength": 3}}}]}
            """);
    assertThat(grammar.matches("{\"kind\":\"a\",\"name\":\"xyzzy\"}")).isTrue();
    assertThat(grammar.matches("{\"kind\":\"b\",\"name\":\"abc\"}")).isTrue();
    assertThat(grammar.matches("{\"kind\":\"b\",\"name\":\"a\"}")).isFalse();
    assertThat(grammar.matches("{\"kind\":1,\"name\":\"abc\"}")).isFalse();
    assertThat(grammar.matches("{\"kind\":\"a\",\"name\":\"abc\"}")).isFalse();
  }

  @Test
  void charactersAreCountedHoweverTheyAreWritten() {
    Grammar grammar = Grammar.ofJsonSchema("{\"type\":\"string\",\"minLength\":2,\"maxLength\":2}");
    assertThat(grammar.matches("\"\\ud83d\\ude00€\"")).isTrue();
    assertThat(grammar.matches("\"😀\\n\"")).isTrue();
    assertThat(grammar.matches("\"\\ud83d\\ude00\"")).isFalse();
    assertThat(grammar.matches("\"\\ud83dxx\"")).isFalse();
    assertThat(grammar.matches("\"a\nb\"")).isFalse();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '~',
      value = {
        "{\"not\":{}} ~ schema: #/not: must be left out",
        "{\"properties\":{\"a/b\":{\"minLenght\":1}}} ~ schema: #/properties/a~1b/minLenght: must be",
        "{\"items\":{\"uniqueItems\":true}} ~ schema: #/items/uniqueItems: must be left out",
        "{\"type\":\"text\"} ~ schema: #/type: must be null, boolean,",
        "{\"type\":\"string\",\"minLength\":-1} ~ schema: #/minLength: must be an integer of at least 0",
        "{\"type\":\"string\",\"pattern\":\"(?=a)\"} ~ schema: #/pattern: regular expression:",
        "{\"format\":\"iri\"} ~ schema: #/format: must be one of",
        "{\"$ref\":\"#/$defs/a\"} ~ schema: #/$ref: must point to a schema",
        "{\"$ref\":\"#\"} ~ schema: #: must not refer to itself",
        "{\"type\":\"string\",\"minLength\":3,\"maxLength\":2} ~ must be satisfied by at least one value",
        "{\"type\":\"object\",\"properties\":{\"a\":{\"$ref\":\"#\"}},\"required\":[\"a\"]} ~ must be satisfied",
        "{\"oneOf\":[{\"minimum\":1},{\"maximum\":2}]} ~ schema: #/oneOf: must have schemas that exclude",
        "{\"items\":[{}]} ~ schema: #/items: must be one schema",
        "[1] ~ schema: #: must be a schema",
        "{\"a\" ~ schema: line 1, column",
      })
  void namesTheKeywordThatCannotBeEnforced(String schema, String message) {
    assertThatThrownBy(() -> Grammar.ofJsonSchema(schema))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message);
  }
}
