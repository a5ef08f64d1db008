package dev.rapt.verify;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rapt.golden.Golden;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Encoder-decoders against what the reference implementation computes and generates. */
class Seq2SeqGoldenTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "bart/mbart",
        "m2m100/lm",
        "marian/separate_embeddings",
        "pegasus/lm",
        "t5/encoder_only",
        "t5/gated_silu"
      })
  void recordedCallsOfTheCopiesMatch(String name) {
    assertAllPass(Golden.copy(name), 1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"bart", "e2e/t5_text", "m2m100", "marian", "pegasus", "t5"})
  void everyRecordedCallMatchesWhereTheWholeSetIsPresent(String family) {
    Golden.root().ifPresent(root -> assertAllPass(root.resolve(family), 12));
  }

  @Test
  void recordedCallsOfLedMatchWhereTheWholeSetIsPresent() {
    Golden.root().ifPresent(root -> assertAllPass(root.resolve("led"), 2));
  }

  private static void assertAllPass(Path folder, int atLeast) {
    List<String> lines = new ArrayList<>();
    CaseReport report =
        new Verifier(List.of(new ModelCases(Seq2SeqCase::load))).run(folder, lines::add);
    assertThat(report.numFailed()).as(() -> String.join("\n", lines)).isZero();
    assertThat(report.numNotSupported()).as(() -> String.join("\n", lines)).isZero();
    assertThat(report.numPassed()).isGreaterThanOrEqualTo(atLeast);
  }
}
