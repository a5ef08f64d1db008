package dev.rapt.train.finetune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rapt.model.adapter.Adapter;
import dev.rapt.reward.Reward;
import dev.rapt.train.RunFolder;
import dev.rapt.train.TrainListener;
import dev.rapt.train.TrainOptions;
import dev.rapt.train.TrainOptions.PrecisionMode;
import dev.rapt.train.Trainer;
import dev.rapt.train.TrainingException;
import dev.rapt.train.example.ExampleException;
import dev.rapt.train.task.Task;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** GRPO and PPO: learning, resuming, adapters, bounds, rewards that fail, bad prompts. */
class ReinforceTaskTest {
  /** The share of vowels: graded, so that random answers differ. */
  private static final Reward LETTERS =
      (_, answer, _) -> (double) answer.replaceAll("[^aeiou]", "").length() / (answer.length() + 1);

  @TempDir private Path path;
  private Path base;

  @BeforeEach
  void writeModel() throws IOException {
    base = TaskModels.decoder(path.resolve("base"));
  }

  private Path prompts(int count) throws IOException {
    StringBuilder lines = new StringBuilder();
    for (int i = 0; i < count; i++) {
      lines.append(
          "{\"prompt\": \"is %s it\", \"answer\": \"%d\"}\n"
              .formatted(List.of("good", "bad", "fine", "poor").get(i % 4), i));
    }
    return Files.writeString(path.resolve("prompts.jsonl"), lines);
  }

  private FineTuning tuning(Task task) throws IOException {
    Path prompts = prompts(8);
    return FineTuning.of(task, base)
        .train(prompts)
        .heldOut(prompts)
        .set("num-generations", "8")
        .set("max-completion-length", "4")
        .batchSize(4)
        .epochs(4)
        .options(ReinforceTaskTest::quick);
  }

  private static TrainOptions.Builder quick(TrainOptions.Builder options) {
    return options.precision(PrecisionMode.F32).lr(1e-2).saveEveryMinutes(0);
  }

  private static Task task(String name, Reward reward) {
    return name.equals("grpo") ? Tasks.grpo(reward) : Tasks.ppo(reward);
  }

  private static FineTuning stoppingAt(FineTuning tuning, long step) {
    AtomicReference<Trainer<?>> trainer = new AtomicReference<>();
    return tuning
        .onStart(trainer::set)
        .listener(
            new TrainListener() {
              @Override
              public void onStep(StepMetrics metrics) {
                if (metrics.step() == step) {
                  trainer.get().requestStop();
                }
              }
            });
  }

  private static List<Map<String, Double>> recording(FineTuning tuning) {
    List<Map<String, Double>> steps = new ArrayList<>();
    tuning.listener(
        new TrainListener() {
          @Override
          public void onStep(StepMetrics metrics) {
            steps.add(metrics.metrics());
          }
        });
    return steps;
  }

  @ParameterizedTest
  @ValueSource(strings = {"grpo", "ppo"})
  void rewardedAnswersBecomeLikelier(String name) throws IOException {
    FineTuning tuning = tuning(task(name, LETTERS)).epochs(30);
    List<Map<String, Double>> steps = recording(tuning);
    FineTuning.Result result = tuning.run(path.resolve("run"));
    assertThat(steps.getFirst().get("reward")).isLessThan(0.2);
    assertThat(steps.getLast().get("reward")).isGreaterThan(0.3);
    assertThat(result.metrics().get("reward")).isGreaterThan(0.3);
    assertThat(result.problem()).isNull();
    assertThat(steps.getLast().get("entropy")).isLessThan(steps.getFirst().get("entropy"));
    assertThat(steps.getLast())
        .containsKeys("reward", "reward_std", "zero_std", "length", "truncated", "entropy");
    assertThat(steps.getLast().containsKey("kl")).isEqualTo(name.equals("ppo"));
    assertThat(result.details().getFirst()).startsWith("prompt: is ");
  }

  /** Stops within a rollout, which the checkpoint keeps. */
  @ParameterizedTest
  @CsvSource({"grpo, 3", "grpo, 4", "ppo, 7"})
  void resumedRunEqualsUninterruptedOne(String name, long stop) throws IOException {
    run(name).run(path.resolve("whole"));
    Path halves = path.resolve("halves");
    stoppingAt(run(name), stop).run(halves);
    Path rollout = RunFolder.requireNewest(halves).resolve("training/rollout.json");
    assertThat(Files.exists(rollout)).isEqualTo(stop % 4 != 0);
    FineTuning.resuming(task(name, LETTERS), halves).run(halves);
    assertThat(Files.mismatch(weights(halves), weights(path.resolve("whole")))).isEqualTo(-1);
    assertThat(halves.resolve("training")).doesNotExist();
  }

  private FineTuning run(String name) throws IOException {
    return tuning(task(name, LETTERS))
        .set("num-iterations", "2")
        .set("num-mini-batches", "2")
        .set("beta", "0.1")
        .batchSize(2)
        .epochs(2)
        .options(options -> quick(options).accumulation(2));
  }

  private static Path weights(Path run) {
    return RunFolder.requireNewest(run).resolve("model.safetensors");
  }

  @ParameterizedTest
  @ValueSource(strings = {"grpo", "ppo"})
  void anAdapterMovesAwayFromItsBase(String name) throws IOException {
    Path run = path.resolve("run");
    FineTuning tuning =
        tuning(task(name, LETTERS))
            .lora(4)
            .set("beta", "0.01")
            .epochs(8)
            .options(options -> quick(options).lr(2e-2));
    List<Map<String, Double>> steps = recording(tuning);
    tuning.run(run);
    assertThat(steps.getFirst().get("kl")).isLessThan(1e-6);
    assertThat(steps.getLast().get("kl")).isGreaterThan(1e-3);
    assertThat(run.resolve(Adapter.WEIGHTS_FILE)).exists();
    assertThat(run.resolve("value_head.safetensors").toFile().exists())
        .isEqualTo(name.equals("ppo"));
    FineTuning.resuming(task(name, LETTERS), run).run(run);
  }

  @Test
  void dynamicSamplingReplacesPromptsWithoutSignal() throws IOException {
    Reward onlyGood = (prompt, answer, _) -> prompt.contains("good") ? answer.length() % 2 : 0;
    double[] gradients = new double[2];
    for (int rounds = 0; rounds < 2; rounds++) {
      int at = rounds;
      tuning(Tasks.grpo(onlyGood))
          .set("dynamic-sampling", String.valueOf(5 * rounds))
          .epochs(1)
          .listener(
              new TrainListener() {
                @Override
                public void onStep(StepMetrics step) {
                  gradients[at] += step.gradNorm();
                }
              })
          .run(path.resolve("run" + rounds));
    }
    assertThat(gradients[1]).isGreaterThan(1.5 * gradients[0]);
  }

  @Test
  void cutAnswersAreLeftOutOfTheLossIfWanted() throws IOException {
    FineTuning tuning =
        tuning(Tasks.grpo(LETTERS)).set("mask-truncated-completions", "true").epochs(1);
    List<Double> gradients = new ArrayList<>();
    tuning
        .set("max-completion-length", "1")
        .listener(
            new TrainListener() {
              @Override
              public void onStep(StepMetrics step) {
                gradients.add(step.gradNorm() * (step.metrics().get("truncated") == 1 ? 1 : 0));
              }
            })
        .run(path.resolve("run"));
    assertThat(gradients).containsOnly(0.0);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "max-kl | 1e-9 | kl must be at most 1.0E-9, got",
        "min-entropy | 50 | entropy must be at least 50.0, got",
        "min-reward | 2 | reward must be at least 2.0, got",
      })
  void aRunBeyondItsBoundsEndsAndKeepsItsCheckpoint(String bound, String value, String message)
      throws IOException {
    Path run = path.resolve("run");
    FineTuning tuning =
        tuning(Tasks.grpo(LETTERS))
            .set(bound, value)
            .options(options -> quick(options).saveEverySteps(1).evalEverySteps(0));
    assertThatThrownBy(() -> tuning.run(run))
        .isInstanceOf(TrainingException.class)
        .hasMessageMatching("step \\d: " + message + " .*; the training diverged, .*");
  }

  @Test
  void aRewardThatFailsLaterKeepsTheLastCheckpoint() throws IOException {
    AtomicInteger calls = new AtomicInteger();
    Reward failing =
        (_, answer, _) -> {
          if (calls.incrementAndGet() > 100) {
            throw new IllegalStateException("the checker is gone");
          }
          return answer.length() % 2;
        };
    Path run = path.resolve("run");
    FineTuning tuning =
        tuning(Tasks.grpo(failing))
            .options(options -> quick(options).saveEverySteps(1).evalEverySteps(0));
    assertThatThrownBy(() -> tuning.run(run))
        .isInstanceOf(ExampleException.class)
        .hasMessageMatching(
            ".*prompts.jsonl, line \\d: the reward given must return a number, but it failed: the"
                + " checker is gone");
    assertThat(run.resolve("model.safetensors")).exists();
    assertThat(RunFolder.newest(run)).isPresent();
  }

  @ParameterizedTest
  @ValueSource(strings = {"grpo", "ppo"})
  void rewardsThatNeverDifferEndTheRun(String name) throws IOException {
    FineTuning tuning = tuning(task(name, (_, _, _) -> 0.25)).epochs(30);
    assertThatThrownBy(() -> tuning.run(path.resolve("run")))
        .isInstanceOf(ExampleException.class)
        .hasMessageContaining(
            "the reward must tell some answers apart, but in the first 20 rollouts all answers to a"
                + " prompt had the same, here 0.25");
  }

  @Test
  void settingsAndPromptsThatDoNotFitAreRefused() throws IOException {
    refused(tuning(Tasks.named("grpo")), "--reward: must be given, got none");
    refused(
        tuning(Tasks.grpo(LETTERS)).set("num-generations", "1"),
        "num-generations: must be from 2 to");
    refused(tuning(Tasks.grpo(LETTERS)).set("loss", "ppo"), "--loss: must be grpo, bnpo, dr_grpo");
    refused(tuning(Tasks.grpo(LETTERS)).fromScratch(), "--from-scratch: must not come with");
    refused(
        tuning(Tasks.ppo(LETTERS)).set("kl-estimator", "k2"), "--kl-estimator: must be k1 or k3");
    refused(
        tuning(Tasks.grpo(LETTERS)).set("max-completion-length", "200"),
        "max-completion-length: must be from 1 to 127, got 200");
    FineTuning tooLong =
        tuning(Tasks.grpo(LETTERS)).set("max-completion-length", "120").maxTokens(121);
    assertThatThrownBy(() -> tooLong.run(path.resolve("run")))
        .hasMessageContaining(
            "prompts.jsonl, line 1: the prompt must leave room for the answer: at most 1 tokens, got");
    refused(tuning(Tasks.grpo(LETTERS)).set("reward", "exact"), "reward: must be given once");
  }

  private void refused(FineTuning tuning, String message) {
    assertThatThrownBy(() -> tuning.run(path.resolve("run")))
        .as(message)
        .hasMessageStartingWith(message);
    assertThat(path.resolve("run")).doesNotExist();
  }
}
