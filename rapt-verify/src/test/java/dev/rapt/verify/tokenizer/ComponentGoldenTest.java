package dev.rapt.verify.tokenizer;

import dev.rapt.verify.CaseFolders;
import dev.rapt.verify.CaseRun;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Normalisers, pre-tokenizers, decoders and split patterns, each on its own. */
final class ComponentGoldenTest {
  @ParameterizedTest
  @CsvSource({"tokenizers/components, 65", "tokenizers/regex, 12"})
  void componentsGiveWhatTheReferenceGivesWhereTheWholeSetIsPresent(String name, int groups) {
    CaseRun.of(new TokenizerCases(), CaseFolders.wholeOrSkip(name)).assertPassed(groups);
  }
}
