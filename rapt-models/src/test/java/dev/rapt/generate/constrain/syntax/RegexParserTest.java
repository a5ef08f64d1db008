package dev.rapt.generate.constrain.syntax;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rapt.generate.constrain.Grammar;
import dev.rapt.generate.constrain.automaton.Lowering;
import dev.rapt.generate.constrain.regular.Fsa;
import java.util.SplittableRandom;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RegexParserTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "a*b+c?",
        "(ab|c){2,3}",
        "[^a-c]+|[\\w-]*",
        "\\d\\D\\W",
        "(?:a|(b)|(?<name>c))*?x{0,2}",
        "\\x61\\u0062c",
        "a.c",
        "[\\]\\\\^-]",
        "\\p{Lu}\\P{L}",
        "(a|b)*a(a|b){3}",
        "^a|b$",
        "^(a|^b)c$",
      })
  void agreesWithTheJdk(String regex) {
    SplittableRandom random = new SplittableRandom(11);
    Pattern pattern = Pattern.compile(regex);
    Fsa whole = Fsa.of(Lowering.codePoints(RegexParser.whole(regex)));
    Fsa found = Fsa.of(Lowering.codePoints(RegexParser.found(regex)));
    int[] alphabet = "aabbccx1-^]\\ \nAé😀_".codePoints().toArray();
    for (int i = 0; i < 3000; i++) {
      StringBuilder text = new StringBuilder();
      for (int n = random.nextInt(7); n > 0; n--) {
        text.appendCodePoint(alphabet[random.nextInt(alphabet.length)]);
      }
      String string = text.toString();
      assertThat(whole.matches(string)).as(string).isEqualTo(pattern.matcher(string).matches());
      boolean anchored = regex.contains("$") && string.endsWith("\n"); // $ of the JDK differs
      if (!anchored) {
        assertThat(found.matches(string)).as(string).isEqualTo(pattern.matcher(string).find());
      }
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '~',
      value = {
        "(?=a)b ~ must do without look-ahead and look-behind",
        "(?<!a)b ~ must do without look-ahead and look-behind",
        "(a)\\1 ~ must do without back-references, got \\1",
        "\\bword ~ must do without word boundaries",
        "(?i)a ~ must do without inline flags",
        "(?>a) ~ must do without inline flags and atomic groups",
        "a++ ~ and no possessive one",
        "[a[b]] ~ must do without classes in classes",
        "\\Qa\\E ~ must use escapes that Java and ECMAScript share, got \\Q",
        "a^b ~ must have ^ only at the beginning of alternatives",
        "(a ~ must close each group",
        "a) ~ must open a group before it closes it",
        "*a ~ must have something to repeat",
        "a{3,2} ~ must have rising bounds",
        "[b-a] ~ must have rising ranges",
        "\\p{Nonsense} ~ must name a Unicode property",
      })
  void namesWhatIsRefused(String regex, String message) {
    assertThatThrownBy(() -> Grammar.ofRegex(regex))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("regular expression: ")
        .hasMessageContaining(message);
  }

  @Test
  void largeBoundsStayNondeterministic() {
    Grammar grammar = Grammar.ofRegex("(a|b)*a(a|b){20}");
    assertThat(grammar.matches("a" + "b".repeat(20))).isTrue();
    assertThat(grammar.matches("b" + "a".repeat(20))).isFalse();
    assertThat(grammar.matches("ba" + "a".repeat(20))).isTrue();
  }
}
