package dev.rapt.verify;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rapt.golden.Golden;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** GPT-2 and Llama against what the reference implementation computes and generates. */
class DecoderGoldenTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "bloom/alibi",
        "falcon/alibi",
        "falcon/new_architecture",
        "gpt2/lm",
        "gpt2/token_classification",
        "gpt_bigcode/lm",
        "gpt_neo/lm",
        "gpt_neox/parallel_residual",
        "gptj/lm",
        "llama/gqa",
        "mpt/alibi",
        "opt/lm",
        "phi/lm",
        "xglm/lm"
      })
  void recordedCallsOfTheCopiesMatch(String name) {
    assertAllPass(Golden.copy(name), 1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "bloom",
        "falcon/multi_query",
        "falcon/new_architecture",
        "gpt2",
        "gpt_bigcode",
        "gpt_neo",
        "gpt_neox",
        "gptj",
        "llama",
        "mpt",
        "opt",
        "phi",
        "xglm"
      })
  void everyRecordedCallMatchesWhereTheWholeSetIsPresent(String family) {
    Golden.root().ifPresent(root -> assertAllPass(root.resolve(family), 5));
  }

  @Test
  void damagedCheckpointsAreRefusedWhereTheWholeSetIsPresent() {
    Golden.root().ifPresent(root -> assertAllPass(root.resolve("checkpoints_bad"), 15));
  }

  private static void assertAllPass(Path folder, int atLeast) {
    List<String> lines = new ArrayList<>();
    Verifier verifier =
        new Verifier(
            List.of(
                DamagedFileCases.checkpoints(DecoderCase::load),
                new ModelCases(DecoderCase::load)));
    CaseReport report = verifier.run(folder, lines::add);
    assertThat(report.numFailed()).as(() -> String.join("\n", lines)).isZero();
    assertThat(report.numNotSupported()).as(() -> String.join("\n", lines)).isZero();
    assertThat(report.numPassed()).isGreaterThanOrEqualTo(atLeast);
  }
}
