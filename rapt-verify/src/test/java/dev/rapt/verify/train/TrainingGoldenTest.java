package dev.rapt.verify.train;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rapt.verify.CaseFolders;
import dev.rapt.verify.CaseRun;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Optimisers, schedules, clipping and whole runs, compared with the reference implementation. */
class TrainingGoldenTest {
  private static CaseRun run(String name) {
    return CaseRun.of(TrainingCases.all(), CaseFolders.copy(name));
  }

  @Test
  void everyOptimizerFollowsTheReference() {
    CaseRun run = run("optimizers/trajectories");
    run.assertPassed(18, 6);
    assertThat(run.lines().stream().filter(line -> line.startsWith("not supported")))
        .allMatch(line -> line.matches(".*(RMSprop|Adagrad|Adamax|NAdam|RAdam)"))
        .hasSize(6);
  }

  @Test
  void everyScheduleFollowsTheReference() {
    run("optimizers/schedules").assertPassed(10, 13);
  }

  @Test
  void clippingMatchesTheReference() {
    run("optimizers/clipping").assertPassed(6);
  }

  @Test
  void lossGradientsAndWeightsOfARunFollowTheReference() {
    run("training/llama").assertPassed(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"training/gpt2", "training/gpt2_accumulation"})
  void otherRunsFollowTheReferenceWhereTheWholeSetIsPresent(String name) {
    CaseRun.of(TrainingCases.all(), CaseFolders.wholeOrSkip(name)).assertPassed(1);
  }
}
