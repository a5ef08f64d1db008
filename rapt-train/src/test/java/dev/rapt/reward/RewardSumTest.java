package dev.rapt.reward;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rapt.checkpoint.CheckpointException;
import dev.rapt.train.example.Example;
import dev.rapt.train.example.ExampleException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.node.JsonNodeFactory;

/** Sums of rewards, their time limit, and rewards that are written as text. */
class RewardSumTest {
  private static final Duration LONG = Duration.ofSeconds(30);
  private static final Duration SHORT = Duration.ofMillis(200);
  private static final Example EXAMPLE =
      new Example(
          Path.of("p.jsonl"), 3, JsonNodeFactory.instance.objectNode().put("answer", "yes"));

  @TempDir private Path path;

  private static RewardSum of(Duration limit, Reward reward) {
    return new RewardSum(List.of(new RewardSum.Part("mine", 1, reward)), limit);
  }

  private static double reward(String spec, String answer) {
    try (RewardSum rewards = RewardSum.parse(List.of(spec), "answer", LONG)) {
      return rewards.sum(rewards.partsOf("", List.of(answer), EXAMPLE)[0]);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "exact | ' yes ' | 1",
        "exact | Yes | 0",
        "regex:^y | yes | 1",
        "regex:^y | no | 0",
        "regex:<a>(.*?)</a> | so <a> yes </a> | 1",
        "regex:<a>(.*?)</a> | so <a>no</a> | 0",
        "regex:<a>(.*?)</a> | yes | 0",
        "0.5*regex:2*x | 22x | 0.5",
        "-1*regex:!! | no!! | -1",
        "json | {\"a\": 1} | 1",
        "json | {\"a\": 1} and | 0",
        "json | '' | 0",
      })
  void checksRewardWhatTheySay(String spec, String answer, double reward) {
    assertThat(reward(spec, answer)).isEqualTo(reward);
  }

  @Test
  void weightedRewardsAddUpAndEachIsKnown() {
    try (RewardSum rewards =
        RewardSum.parse(List.of("exact", "0.25*regex:e", "0.5*regex:s"), "answer", LONG)) {
      double[][] parts = rewards.partsOf("", List.of("yes", "he"), EXAMPLE);
      assertThat(parts[0]).containsExactly(1, 1, 1);
      assertThat(parts[1]).containsExactly(0, 1, 0);
      assertThat(rewards.sum(parts[0])).isEqualTo(1.75);
      assertThat(rewards.parts().stream().map(RewardSum.Part::name))
          .containsExactly("exact", "regex", "regex2");
    }
  }

  @Test
  void jsonMustFitTheSchema() throws IOException {
    Path schema =
        Files.writeString(
            path.resolve("s.json"),
            "{\"type\": \"object\", \"required\": [\"n\"], \"properties\": {\"n\": {\"type\": \"integer\"}}}");
    assertThat(reward("json:" + schema, "{\"n\": 3}")).isEqualTo(1);
    assertThat(reward("json:" + schema, "{\"n\": \"3\"}")).isZero();
    Files.writeString(schema, "{\"typ\": \"object\"}");
    assertThatThrownBy(() -> reward("json:" + schema, "{}"))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("s.json")
        .hasMessageContaining("must be among those that are known, got typ");
  }

  @Test
  void aRewardThatFailsIsNamedWithFileAndLine() {
    try (RewardSum rewards = of(LONG, (_, _, _) -> Integer.parseInt("x"))) {
      assertThatThrownBy(() -> rewards.partsOf("", List.of("a"), EXAMPLE))
          .isInstanceOf(ExampleException.class)
          .hasMessage(
              "p.jsonl, line 3: the reward mine must return a number, but it failed: For input"
                  + " string: \"x\"");
    }
  }

  @Test
  void aRewardThatIsNoNumberIsNamedWithTheAnswer() {
    try (RewardSum rewards = of(LONG, (_, answer, _) -> answer.equals("b") ? Double.NaN : 0)) {
      assertThatThrownBy(() -> rewards.partsOf("", List.of("a", "b"), EXAMPLE))
          .hasMessage(
              "p.jsonl, line 3: the reward mine must be a finite number, got NaN for the answer"
                  + " \"b\"");
    }
  }

  @Test
  void aRewardThatHangsIsNamed() {
    CountDownLatch never = new CountDownLatch(1);
    try (RewardSum rewards =
        of(
            SHORT,
            (_, _, _) -> {
              never.await();
              return 0;
            })) {
      assertThatThrownBy(() -> rewards.partsOf("", List.of("a"), EXAMPLE))
          .hasMessage(
              "p.jsonl, line 3: the reward mine must end within 0.2 s for the answers to a prompt,"
                  + " but it did not; repair it, or raise --reward-timeout");
    }
  }

  @Test
  void aRegularExpressionThatBacktracksWithoutEndIsNamed() {
    try (RewardSum rewards = RewardSum.parse(List.of("regex:(?:(?:a|b|ab)*)*c"), "answer", SHORT)) {
      assertThatThrownBy(() -> rewards.partsOf("", List.of("ab".repeat(40)), EXAMPLE))
          .hasMessageStartingWith("p.jsonl, line 3: the reward regex must end within 0.2 s");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "numbr | --reward: must be one of number, gsm8k, exact, regex:PATTERN, json:[SCHEMA], model:DIR, with a weight such as 0.5* before it or none, got numbr",
        "regex | --reward: must be written as regex:PATTERN, got regex",
        "number:x | --reward: must be written as number, got number:x",
        "1-*exact | --reward: the weight before * must be a number, got 1- in 1-*exact",
        "regex:( | --reward: regex must be a regular expression, got (: Unclosed group",
      })
  void rewardsThatAreNotWrittenAsOneAreRefused(String spec, String message) {
    assertThatThrownBy(() -> reward(spec, "")).hasMessage(message);
  }

  @Test
  void pathsBecomeAbsoluteAndTextsStayReadable() {
    RewardSpec spec = RewardSpec.parse("0.5*model:runs/reward").withAbsolutePath();
    assertThat(spec.argument()).isEqualTo(Path.of("runs/reward").toAbsolutePath().toString());
    assertThat(RewardSpec.parse(spec.toString())).isEqualTo(spec);
    assertThat(RewardSpec.parse("regex:a*b")).hasToString("regex:a*b");
  }
}
