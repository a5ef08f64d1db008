package dev.rapt.verify.model;

import dev.rapt.verify.CaseFolders;
import dev.rapt.verify.CaseRun;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Adapters in the format of PEFT: with the adapter, merged, unmerged and detached. */
class AdapterGoldenTest {
  @ParameterizedTest
  @CsvSource({"all_linear_rslora, 13", "dora, 9", "modules_to_save, 8"})
  void adaptersFollowTheReference(String name, int calls) {
    CaseRun.of(AdapterCases.handler(), CaseFolders.copy("lora/" + name)).assertPassed(calls);
  }

  @Test
  void otherAdaptersFollowTheReferenceWhereTheWholeSetIsPresent() {
    CaseRun.of(AdapterCases.handler(), CaseFolders.wholeOrSkip("lora/plain")).assertPassed(9);
    CaseRun.of(AdapterCases.handler(), CaseFolders.wholeOrSkip("lora/fan_layers")).assertPassed(6);
  }
}
