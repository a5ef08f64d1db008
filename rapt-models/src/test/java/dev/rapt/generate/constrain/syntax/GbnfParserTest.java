package dev.rapt.generate.constrain.syntax;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rapt.generate.constrain.Grammar;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GbnfParserTest {
  @Test
  void readsAllOfTheSyntax() {
    Grammar grammar =
        Grammar.ofGbnf(
            """
            # a list
            root ::= (
                "- " item   # the first
                ("\\n- " item)*
            )
            item ::= word{1,2} |
                     [^a-z\\n\\]-]+ |
                     "\\x41\\u00e9\\U0001F600" "\\"\\\\" .?
            word ::= [a-c]{2} "-"? | low-er_Case2{2,} | ""
            low-er_Case2 ::= [x-z]
            """);
    assertThat(grammar.matches("- ab")).isTrue();
    assertThat(grammar.matches("- ab-ca\n- xyzx")).isTrue();
    assertThat(grammar.matches("- Aé😀\"\\€\n- ABC 123 é")).isTrue();
    assertThat(grammar.matches("- ")).isTrue();
    assertThat(grammar.matches("- a")).isFalse();
    assertThat(grammar.matches("- A]B")).isFalse();
    assertThat(grammar.matches("- ab\n")).isFalse();
  }

  @Test
  void rulesMayRecur() {
    Grammar grammar = Grammar.ofGbnf("root ::= \"(\" root* \")\" | \"x\" root | \"\"");
    assertThat(grammar.matches("(()(x(x)))")).isTrue();
    assertThat(grammar.matches("(()")).isFalse();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "root ::= a|line 1: must call rules of the grammar, got no rule a",
        "a ::= \"x\"|must have a rule root, got [a]",
        "root ::= \"x|line 1: must close a literal with \" on its line",
        "root ::= [x|line 1: must close a character class with ] on its line",
        "root ::= (\"x\"|line 1: must close a group with ), got the end",
        "root ::= \"x\"{2,1}|line 1: must have rising bounds of a repetition, got {2,1}",
        "root ::= \"x\"{2|line 1: must close bounds of a repetition with }",
        "root ::= \"\\q\"|line 1: must escape with one of",
        "root ::= \"\\x4\"|line 1: must have 2 hexadecimal digits",
        "root := \"x\"|line 1: must have ::= after the name of a rule",
        "root ::= <eos>|line 1: must match characters, got a token of a vocabulary",
        "root ::= \"x\" root|grammar: must match at least one text",
      })
  void namesWhatIsWrong(String source, String message) {
    assertThatThrownBy(() -> Grammar.ofGbnf(source.replace("`", "")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message);
  }

  @Test
  void leftRecursionIsFoundBehindWhatMayBeEmpty() {
    assertThatThrownBy(() ->
            Grammar.ofGbnf("root ::= a b\na ::= \"x\"?\nb ::= c* root \"y\" | \"z\"\nc ::= a"))
        .hasMessageContaining("must consume a character before it calls itself");
  }
}
