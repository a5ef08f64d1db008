package dev.rapt.tokenizer.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rapt.tokenizer.types.ChatTemplateException;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ChatTemplateTest {
  private static final Chat HELLO = Chat.of(List.of(Chat.message("user", "Hello")));

  private static ChatTemplate template(String source) {
    return ChatTemplate.of(source, Map.of("bos_token", "<s>"));
  }

  @Test
  void generationBlocksAndTheDateAreRendered() {
    ChatTemplate template =
        template(
            "{{ bos_token }}{{ strftime_now('%Y') }}"
                + "{% for m in messages %}{% generation %}{{ m.content }}{% endgeneration %}"
                + "{% endfor %}");
    Clock clock = Clock.fixed(Instant.parse("2020-05-01T00:00:00Z"), ZoneOffset.UTC);
    var rendered = template.render(HELLO, clock);
    assertThat(rendered.text()).isEqualTo("<s>2020Hello");
    assertThat(rendered.generated()).hasSize(1);
    assertThat(rendered.generated().getFirst().start()).isEqualTo(7);
    assertThat(rendered.generated().getFirst().end()).isEqualTo(12);
  }

  @Test
  void errorsHaveKindReasonAndLine() {
    assertThatThrownBy(() -> template("\n{{ raise_exception('no') }}").render(HELLO))
        .isInstanceOfSatisfying(
            ChatTemplateException.class,
            e -> {
              assertThat(e.kind()).isEqualTo("TemplateError");
              assertThat(e.reason()).isEqualTo("no");
              assertThat(e.line()).isEqualTo(2);
              assertThat(e)
                  .hasMessage(
                      "chat template, line 2: must accept the conversation, but refuses it: no; change it");
            });
    assertThatThrownBy(() -> template("{% if %}"))
        .isInstanceOfSatisfying(
            ChatTemplateException.class,
            e -> assertThat(e.kind()).isEqualTo("TemplateSyntaxError"));
  }

  @Test
  void errorsNameTheMessageAndNoTypeOfPython() {
    Chat two =
        Chat.of(
            List.of(
                Map.of("role", "user", "content", "hi"),
                Map.of("role", "assistant", "content", List.of())));
    String roles =
        "{% for m in messages %}\n{% if m.role != 'user' %}{{ raise_exception('no') }}{% endif %}"
            + "{% endfor %}";
    assertThatThrownBy(() -> template(roles).render(two))
        .hasMessage("chat template, line 2: must accept message 2, but refuses it: no; change it");
    String types = "{% for m in messages[1:] %}{{ 'x' + m.content }}{% endfor %}";
    assertThatThrownBy(() -> template(types).render(two))
        .hasMessage(
            "chat template, line 1: must render message 2, but can only concatenate a string (not a"
                + " list) to a string; give it what the template reads, or correct the template");
    assertThatThrownBy(() -> template("{{ messages[0].name.first }}").render(two))
        .hasMessage(
            "chat template, line 1: must render the conversation, but an object has no attribute"
                + " 'name'; give it what the template reads, or correct the template");
    assertThatThrownBy(() -> template("{% if %}"))
        .hasMessageStartingWith(
            "chat template, line 1: must be a template that can be read, got: ");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{{ messages|pprint }}",
        "{{ 'www.x.org'|urlize }}",
        "{{ 'x'.encode('utf-8') }}",
        "{% autoescape true %}x{% endautoescape %}"
      })
  void whatIsNotSupportedIsRefusedByName(String source) {
    assertThatThrownBy(() -> template(source).render(HELLO))
        .isInstanceOf(ChatTemplateException.class)
        .hasMessageMatching(
            "chat template, line 1: must be a template that can be read, got: .*supported.*");
  }

  @Test
  void blocksWithoutEscapesAreAnyOthers() {
    String source = "{% autoescape false %}{% set x = '<' %}{{ x }}{% endautoescape %}{{ x }}";
    assertThat(template(source).render(HELLO)).isEqualTo("<");
  }

  @Test
  void numbersOfTooManyDigitsAreRefused() {
    assertThat(template("{{ 10 ** 4299 }}").render(HELLO)).hasSize(4300);
    assertThatThrownBy(() -> template("{{ 10 ** 4300 }}").render(HELLO))
        .hasMessageContaining("Exceeds the limit (4300 digits)");
    assertThatThrownBy(() -> template("{{ (10 ** 4300)|tojson }}").render(HELLO))
        .hasMessageContaining("Exceeds the limit (4300 digits)");
  }

  @Test
  void deeplyNestedTemplatesAreRefused() {
    assertThatThrownBy(
            () -> template("{{ " + "(".repeat(100_000) + "1" + ")".repeat(100_000) + " }}"))
        .isInstanceOf(ChatTemplateException.class)
        .hasMessageContaining("nested too deeply");
    String endless = "{% macro f(x) %}{{ f(x) }}{% endmacro %}{{ f(1) }}";
    assertThatThrownBy(() -> template(endless).render(HELLO))
        .isInstanceOf(ChatTemplateException.class)
        .hasMessageContaining("maximum recursion depth exceeded");
  }

  @Test
  void aDroppedFinalMessageCannotBeContinued() {
    assertThatThrownBy(() -> template("nothing").render(HELLO.withFinalMessageContinued()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("final message");
    assertThat(template("{{ messages[0].content }}!").render(HELLO.withFinalMessageContinued()))
        .isEqualTo("Hello");
  }

  @Test
  void aShortenedFinalMessageCannotBeContinued() {
    Chat thinking =
        Chat.of(List.of(Chat.message("assistant", "<think>a</think> b c")))
            .withFinalMessageContinued();
    assertThatThrownBy(
            () -> template("{{ messages[0].content.split('</think>')[-1] }}").render(thinking))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("drops or changes parts of it");
    assertThat(template("[{{ messages[0].content }}]").render(thinking))
        .isEqualTo("[<think>a</think> b c");
  }

  @Test
  void whiteSpaceAfterAContinuedMessageStaysUnlessTheTemplateRemovesIt() {
    Chat spaced = Chat.of(List.of(Chat.message("assistant", " Hi, "))).withFinalMessageContinued();
    assertThat(template("<{{ messages[0].content }}>").render(spaced)).isEqualTo("< Hi, ");
    assertThat(template("<{{ messages[0].content | trim }}>").render(spaced)).isEqualTo("<Hi,");
  }

  @Test
  void theLastTextOfAMessageInPartsIsContinued() {
    Map<String, Object> text = Map.of("type", "text", "text", "A cat");
    Map<String, Object> image = Map.of("type", "image");
    Chat parts =
        Chat.of(List.of(Map.of("role", "assistant", "content", List.of(text, image))))
            .withFinalMessageContinued();
    String source =
        "{% for p in messages[0].content %}{{ p.text if p.type == 'text' else '<image>' }}{% endfor %}";
    assertThat(template(source).render(parts)).isEqualTo("A cat");
  }
}
