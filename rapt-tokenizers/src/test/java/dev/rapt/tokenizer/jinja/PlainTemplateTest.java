package dev.rapt.tokenizer.jinja;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rapt.tokenizer.types.ChatTemplateException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Templates with the settings of jinja2's Environment(undefined=StrictUndefined). */
class PlainTemplateTest {
  private static String render(String template) {
    return Template.plain(template).render(Map.of("x", "1", "list", List.of("a", "b"))).text();
  }

  @Test
  void whiteSpaceAroundTagsStays() {
    assertThat(render("  {% if x %}\n{{ x }}\n  {% endif %}\n")).isEqualTo("  \n1\n  \n");
    assertThat(render("{# c #}\n{% raw %}\n{{\n{% endraw %}\n")).isEqualTo("\n\n{{\n\n");
    assertThat(render("a {%- if x -%} b {%- endif %}\n")).isEqualTo("ab\n");
    assertThat(
            Template.parse("  {% if x %}\n{{ x }}\n  {% endif %}\n").render(Map.of("x", 1)).text())
        .isEqualTo("1\n");
  }

  @Test
  void undefinedValuesAreErrorsWhereTheyAreUsed() {
    for (String template :
        List.of(
            "{{ y }}",
            "{{ list.y }}",
            "{% if y %}{% endif %}",
            "{% for z in y %}{% endfor %}",
            "{{ y|join(' ') }}",
            "{{ y|length }}",
            "{{ 'a' ~ y }}")) {
      assertThatThrownBy(() -> render(template))
          .as(template)
          .isInstanceOf(ChatTemplateException.class)
          .hasMessageContaining("y'");
    }
    assertThat(render("{{ y is defined }} {{ y|default('d') }}")).isEqualTo("False d");
  }
}
