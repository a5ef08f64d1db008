package dev.rapt.train.verify;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rapt.train.GoldenFolder;
import dev.rapt.verify.CaseReport;
import dev.rapt.verify.Verifier;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Optimisers, schedules, clipping and whole runs against what the reference records. */
class TrainingGoldenTest {
  private final List<String> lines = new ArrayList<>();

  private CaseReport verify(Path folder) {
    CaseReport report = new Verifier(TrainingCases.all()).run(folder, lines::add);
    assertThat(report.numFailed()).as(() -> String.join("\n", lines)).isZero();
    return report;
  }

  private CaseReport verify(String name) {
    return verify(GoldenFolder.of(name).path());
  }

  @Test
  void everyOptimizerFollowsTheReference() {
    assertThat(verify("optimizers/trajectories").numPassed()).isEqualTo(18);
    assertThat(lines.stream().filter(line -> line.startsWith("not supported")))
        .allMatch(line -> line.matches(".*(RMSprop|Adagrad|Adamax|NAdam|RAdam)"))
        .hasSize(6);
  }

  @Test
  void everyScheduleFollowsTheReference() {
    assertThat(verify("optimizers/schedules").numPassed()).isEqualTo(10);
  }

  @Test
  void clippingMatchesTheReference() {
    CaseReport report = verify("optimizers/clipping");
    assertThat(report.numPassed()).isEqualTo(6);
    assertThat(report.numNotSupported()).isZero();
  }

  @Test
  void lossGradientsAndWeightsOfARunFollowTheReference() {
    assertThat(verify("training/llama").numPassed()).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"training/gpt2", "training/gpt2_accumulation"})
  void otherRunsFollowTheReferenceWhereTheWholeSetIsPresent(String name) {
    GoldenFolder.wholeSet(name)
        .ifPresent(folder -> assertThat(verify(folder.path()).numPassed()).isEqualTo(1));
  }
}
