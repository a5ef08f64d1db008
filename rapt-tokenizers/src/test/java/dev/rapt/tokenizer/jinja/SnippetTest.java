package dev.rapt.tokenizer.jinja;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import dev.rapt.tokenizer.chat.ChatReader;
import dev.rapt.tokenizer.types.ChatTemplateException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import tools.jackson.core.json.JsonReadFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Small templates with what the reference renders; record.py beside them records it. */
final class SnippetTest {
  private static final Path FILE = Path.of("src/test/resources/jinja/snippets.jsonl");
  private static final JsonMapper MAPPER =
      JsonMapper.builder().enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS).build();

  private static @Nullable String rendered(
      String template, Map<String, ? extends @Nullable Object> variables) {
    try {
      return Template.parse(template).render(variables).text();
    } catch (ChatTemplateException e) {
      return null;
    }
  }

  @Test
  void snippetsRenderAsInTheReference() throws IOException {
    List<String> lines = Files.readAllLines(FILE);
    Map<String, @Nullable Object> variables = new LinkedHashMap<>();
    MAPPER
        .readTree(lines.getFirst())
        .properties()
        .forEach(entry -> variables.put(entry.getKey(), ChatReader.value(entry.getValue())));
    assertThat(lines).hasSizeGreaterThan(1000);
    List<String> wrong = new ArrayList<>();
    for (String line : lines.subList(1, lines.size())) {
      JsonNode pair = MAPPER.readTree(line);
      String expected = pair.get(1).isNull() ? null : pair.get(1).stringValue();
      String got = rendered(pair.get(0).stringValue(), variables);
      if (!java.util.Objects.equals(got, expected)) {
        wrong.add(line + " got " + got);
      }
    }
    if (!wrong.isEmpty()) {
      fail(wrong.size() + " differ:\n" + String.join("\n", wrong));
    }
  }
}
