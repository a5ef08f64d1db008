package dev.rapt.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rapt.tokenizer.chat.Chat;
import dev.rapt.tokenizer.chat.ChatReader;
import dev.rapt.tokenizer.chat.ChatTemplate;
import dev.rapt.tokenizer.types.ChatTemplateException;
import dev.rapt.verify.CaseFolders;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Mutated chat templates and conversations. They render or are refused with a message. */
@Tag("fuzz")
final class ChatTemplateFuzzTest {
  private static final Path RECORDED = CaseFolders.copy("chat_templates");

  private static final List<String> FRAGMENTS =
      List.of(
          "{{",
          "}}",
          "{%",
          "%}",
          "{#",
          "#}",
          "-%}",
          "{%-",
          "{% if ",
          "{% endif %}",
          "{% else %}",
          "{% for x in ",
          "{% endfor %}",
          "{% set x = ",
          "{% macro f(a, b=1) %}",
          "{% endmacro %}",
          "{% generation %}",
          "{% endgeneration %}",
          "{{ messages }}",
          "{{ loop.index }}",
          "loop(",
          " is defined",
          " is ",
          " not ",
          " in ",
          " and ",
          " if ",
          " else ",
          " ~ ",
          " // 0",
          " % ",
          " ** 99",
          " * 3",
          "-1",
          "[::-1]",
          "[0]",
          "['a']",
          ".a",
          ".items()",
          ".split('a')",
          ".format(",
          ".join(",
          "| tojson(indent=2)",
          "|sort(attribute='role')",
          "|groupby('role')",
          "|map(",
          "|select(",
          "|batch(2)",
          "|slice(3)",
          "|indent(2)",
          "|round(2)",
          "|int",
          "|center(9)",
          "|replace(",
          "|truncate(3)",
          "namespace(a=1)",
          "range(3)",
          "dict(",
          "none",
          "true",
          "1.5",
          "1e400",
          "99999999999999999999",
          "'%5d'|format(",
          "'{:>9}'.format(",
          "(",
          ")",
          "[",
          "]",
          "{",
          "}",
          "'",
          "\"",
          "\\",
          "\n",
          "*",
          "**",
          ",",
          "=",
          "caller()",
          "{% call f() %}",
          "{% endcall %}",
          "raise_exception(",
          "strftime_now('%Y')",
          "{% break %}",
          "((((((((",
          "not not ");

  private final List<String> templates = new ArrayList<>();
  private final List<String> conversations = new ArrayList<>();

  ChatTemplateFuzzTest() throws Exception {
    JsonNode recorded =
        JsonMapper.shared().readTree(Files.readString(RECORDED.resolve("cases.json")));
    recorded.get("micro").forEach(item -> templates.add(item.get("template").stringValue()));
    for (String name : List.of("mistral", "macros_and_generation")) {
      ChatTemplate.load(RECORDED.resolve(name)); // the sources are valid
      JsonNode config =
          JsonMapper.shared()
              .readTree(Files.readString(RECORDED.resolve(name + "/tokenizer_config.json")));
      templates.add(config.get("chat_template").stringValue());
    }
    recorded
        .get("conversations")
        .forEach(messages ->
            conversations.add(
                "{\"messages\": %s, \"tools\": %s, \"add_generation_prompt\": true, \"x\": {\"a\": [1]}}"
                    .formatted(messages, recorded.get("tools"))));
  }

  @Test
  void templatesAndConversations() throws Exception {
    Fuzz.Result result =
        Fuzz.run(
            "chat templates",
            1,
            e ->
                e.getMessage() != null
                    && (e.getClass() == ChatTemplateException.class
                        || e.getClass() == IllegalArgumentException.class),
            random -> {
              Mutations mutations = new Mutations(random);
              String source = mutations.choose(templates);
              String template = random.nextInt(4) == 0 ? source : mutations.text(source, FRAGMENTS);
              String conversation = mutations.choose(conversations);
              String messages =
                  random.nextInt(3) == 0 ? conversation : mutations.json(conversation);
              JsonNode json;
              try {
                json = JsonMapper.shared().readTree(messages);
              } catch (JacksonException e) {
                return false; // nested too deeply for JSON
              }
              Chat chat = ChatReader.read("chat.json", json);
              ChatTemplate parsed = ChatTemplate.of(template, Map.of("bos_token", "<s>"));
              parsed.render(
                  random.nextInt(4) == 0 ? chat.withFinalMessageContinued() : chat,
                  Clock.systemUTC());
              return true;
            });
    System.out.println("chat templates: " + result);
    assertThat(result.accepted()).isPositive();
    assertThat(result.refused()).isPositive();
  }
}
