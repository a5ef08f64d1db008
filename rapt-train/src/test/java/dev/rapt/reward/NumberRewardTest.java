package dev.rapt.reward;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rapt.train.example.Example;
import dev.rapt.train.example.ExampleException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.node.JsonNodeFactory;

/** Numbers in which answers end. */
class NumberRewardTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "#### 42 | 42",
        "He has 3 + 39 = 42.\\n#### 42 | 42",
        "#### 1,234 apples, of 2000 | 1234",
        "The answer is $1,234.50. | 1234.50",
        "12+7=19 | 19",
        "5-3 | 3",
        "It falls to -3 degrees | -3",
        "#### -$5 | -5",
        "#### $-5 | -5",
        "42.0 | 42.0",
        "1, 2, 3 | 3",
        "1,2 | 2",
        "1234567 | 1234567",
        "\u22127 | -7",
        "x2 | -",
        "none | -",
        "#### none, of 5 | 5",
      })
  void theNumberIsTheLastOneOrTheOneBehindTheMark(String text, String number) {
    assertThat(
            NumberReward.find(text.replace("\\n", "\n"), false)
                .map(found -> found.toPlainString())
                .orElse("-"))
        .isEqualTo(number);
  }

  private static Example example(String answer) {
    return new Example(
        Path.of("sums.jsonl"), 7, JsonNodeFactory.instance.objectNode().put("answer", answer));
  }

  @Test
  void equalNumbersAreRewarded() {
    NumberReward reward = new NumberReward("answer", false);
    assertThat(reward.of("", "so it is 42.0", example("Sum.\n#### 42"))).isEqualTo(1);
    assertThat(reward.of("", "42 or 43", example("42"))).isZero();
    assertThat(reward.of("", "", example("42"))).isZero();
  }

  @Test
  void gsm8kNeedsTheMark() {
    NumberReward reward = new NumberReward("answer", true);
    assertThat(reward.of("", "42", example("#### 42"))).isZero();
    assertThat(reward.of("", "#### 42", example("#### 42"))).isEqualTo(1);
  }

  @Test
  void aRightAnswerWithoutNumberIsNamed() {
    assertThatThrownBy(() -> new NumberReward("answer", false).of("", "42", example("many")))
        .isInstanceOf(ExampleException.class)
        .hasMessage("sums.jsonl, line 7: \"answer\" must hold a number, got \"many\"");
    assertThatThrownBy(() -> new NumberReward("result", false).of("", "42", example("many")))
        .hasMessage(
            "sums.jsonl, line 7: must have a value in \"result\", got the columns [answer]");
  }
}
