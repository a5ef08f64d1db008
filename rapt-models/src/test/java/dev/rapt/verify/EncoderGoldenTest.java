package dev.rapt.verify;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rapt.golden.Golden;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Encoders and their heads against what the reference implementation computes. */
class EncoderGoldenTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "albert/mlm",
        "bert/mlm",
        "bert/multiple_choice",
        "bert/pretraining",
        "bert/question_answering",
        "bert/sequence_multi_label",
        "deberta/v1_sequence_classification",
        "deberta/v2_conv",
        "deberta/v2_own_keys",
        "distilbert/sequence_classification",
        "electra/discriminator",
        "modernbert/mlm",
        "mpnet/mlm",
        "roberta/mlm"
      })
  void recordedCallsOfTheCopiesMatch(String name) {
    assertAllPass(Golden.copy(name), 1);
  }

  @ParameterizedTest
  @CsvSource({
    "albert, 14",
    "bert, 48",
    "big_bird, 8",
    "deberta, 56",
    "distilbert, 16",
    "electra, 16",
    "longformer, 4",
    "modernbert, 18",
    "mpnet, 4",
    "roberta, 30"
  })
  void everyRecordedCallMatchesWhereTheWholeSetIsPresent(String family, int calls) {
    Golden.root().ifPresent(root -> assertAllPass(root.resolve(family), calls));
  }

  private static void assertAllPass(Path folder, int atLeast) {
    List<String> lines = new ArrayList<>();
    Verifier verifier = new Verifier(List.of(new ModelCases(CaseModel.Loader.all())));
    CaseReport report = verifier.run(folder, lines::add);
    assertThat(report.numFailed()).as(() -> String.join("\n", lines)).isZero();
    assertThat(report.numNotSupported()).as(() -> String.join("\n", lines)).isZero();
    assertThat(report.numPassed()).isGreaterThanOrEqualTo(atLeast);
  }
}
