package dev.rapt.cli.options;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.rapt.train.TrainOptions;
import dev.rapt.train.TrainOptions.ScheduleKind;
import dev.rapt.train.optim.Adafactor;
import dev.rapt.train.optim.AdamW;
import dev.rapt.train.pretrain.PretrainObjectives;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Training options of the command line over the usual ones of a command. */
class TrainingArgumentsTest {
  private static final TrainOptions.Builder SPAN =
      PretrainObjectives.named("span").usualOptions(TrainOptions.builder(1000));

  @Command(name = "run")
  private static final class Run {
    @Mixin private TrainingArguments training = new TrainingArguments();

    static TrainOptions options(TrainOptions.Builder usual, String... args) {
      Run run = new Run();
      new CommandLine(run).parseArgs(args);
      return run.training.apply(usual).build();
    }
  }

  @ParameterizedTest
  @CsvSource({"adamw, 5e-5", "lion, 5e-6", "adafactor, 5e-4", "sgd, 5e-3"})
  void usualLearningRateFollowsTheOptimizer(String optimizer, double lr) {
    TrainOptions options =
        Run.options(TrainOptions.builder(100).lr(5e-5), "--optimizer", optimizer);
    assertThat(options.lr()).isCloseTo(lr, within(1e-12));
  }

  @Test
  void givenLearningRateStays() {
    TrainOptions options =
        Run.options(TrainOptions.builder(100), "--optimizer", "lion", "--lr", "0.5");
    assertThat(options.lr()).isEqualTo(0.5);
  }

  @Test
  void spanCorruptionTrainsWithAdafactorUnlessAnotherIsGiven() {
    TrainOptions usual = Run.options(SPAN);
    assertThat(usual.optimizer().name()).isEqualTo(Adafactor.Options.defaults().name());
    assertThat(usual.lr()).isEqualTo(1e-2);
    assertThat(usual.schedule()).isEqualTo(ScheduleKind.INVERSE_SQRT);
    assertThat(usual.warmupSteps()).isEqualTo(150);
    TrainOptions other = Run.options(SPAN, "--optimizer", "adamw");
    assertThat(other.optimizer().name()).isEqualTo(AdamW.Options.defaults().name());
    assertThat(other.lr()).isEqualTo(1e-3);
  }
}
