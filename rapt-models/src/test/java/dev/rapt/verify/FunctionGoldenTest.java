package dev.rapt.verify;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rapt.golden.Golden;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Functions that belong to no checkpoint against what the reference implementations compute. */
class FunctionGoldenTest {
  @ParameterizedTest
  @CsvSource({
    "ops/activations, 22, 2", // prelu and xielu have weights of their own
    "ops/logits_processors, 35, 0",
    "ops/losses, 20, 0",
    "ops/positions, 29, 0",
    "safetensors/dtypes, 33, 0"
  })
  void everyRecordedCallMatches(String name, int calls, int notSupported) {
    List<String> lines = new ArrayList<>();
    CaseReport report = new Verifier(FunctionCases.all()).run(Golden.folder(name), lines::add);
    assertThat(report.numFailed()).as(() -> String.join("\n", lines)).isZero();
    assertThat(report.numPassed()).isEqualTo(calls);
    assertThat(report.numNotSupported()).isEqualTo(notSupported);
  }
}
