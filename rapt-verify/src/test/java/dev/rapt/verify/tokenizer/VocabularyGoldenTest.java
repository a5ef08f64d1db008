package dev.rapt.verify.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rapt.verify.CaseFolders;
import dev.rapt.verify.report.CaseReport;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Tokenizers read from vocabulary files instead of tokenizer.json. */
final class VocabularyGoldenTest {
  @TestFactory
  Stream<DynamicTest> vocabularyFilesGiveWhatTokenizerJsonGives() throws IOException {
    return CaseFolders.tokenizers().stream()
        .filter(VocabularyChecks::hasVocabulary)
        .map(folder ->
            DynamicTest.dynamicTest(
                folder.toString(),
                () -> {
                  List<String> lines = new ArrayList<>();
                  CaseReport report = new CaseReport(lines::add);
                  VocabularyChecks.run(folder, CaseFolders.cases(folder), report);
                  assertThat(report.numFailed()).as(() -> String.join("\n", lines)).isZero();
                  assertThat(report.numPassed()).isPositive();
                }));
  }
}
