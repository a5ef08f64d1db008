package dev.rapt.verify.function;

import dev.rapt.verify.CaseFolders;
import dev.rapt.verify.CaseRun;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Functions without a checkpoint, compared with the reference implementations. */
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
    CaseRun.of(FunctionCases.all(), CaseFolders.copy(name)).assertPassed(calls, notSupported);
  }
}
