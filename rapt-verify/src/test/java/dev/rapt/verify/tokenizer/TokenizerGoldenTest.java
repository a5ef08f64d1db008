package dev.rapt.verify.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rapt.tokenizer.Tokenizer;
import dev.rapt.verify.CaseFolders;
import dev.rapt.verify.report.CaseReport;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Encodings and decodings, compared with the Python library. */
final class TokenizerGoldenTest {
  /** Kinds of recorded calls; each is one line of the report. */
  private static final List<String> GROUPS =
      List.of("encode", "decode", "pairs", "batches", "truncation");

  @TempDir Path temporary;

  @TestFactory
  Stream<DynamicTest> encodesAndDecodesAsTheReference() throws IOException {
    return CaseFolders.tokenizers().stream()
        .map(folder ->
            DynamicTest.dynamicTest(
                name(folder),
                () -> check(folder, Tokenizer.load(folder.resolve("tokenizer.json")))));
  }

  @TestFactory
  Stream<DynamicTest> savingAndLoadingChangesNothing() throws IOException {
    return CaseFolders.tokenizers().stream()
        .map(folder ->
            DynamicTest.dynamicTest(
                name(folder),
                () -> {
                  Path file = temporary.resolve(folder.getFileName() + ".json");
                  Tokenizer.load(folder.resolve("tokenizer.json")).save(file);
                  check(folder, Tokenizer.load(file));
                  Path copy = temporary.resolve(folder.getFileName().toString());
                  Tokenizer original = Tokenizer.load(folder);
                  original.save(copy);
                  Tokenizer reloaded = Tokenizer.load(copy);
                  assertThat(reloaded.tokenNames()).isEqualTo(original.tokenNames());
                  assertThat(reloaded.definition().addedTokens())
                      .containsExactlyInAnyOrderElementsOf(original.definition().addedTokens());
                }));
  }

  private static String name(Path folder) {
    return folder.getParent().getParent().getFileName() + "/" + folder.getFileName();
  }

  private static void check(Path folder, Tokenizer tokenizer) {
    List<String> lines = new ArrayList<>();
    CaseReport report = new CaseReport(lines::add);
    TokenizerChecks.run(tokenizer, "", CaseFolders.cases(folder), report);
    assertThat(report.numFailed()).as(() -> String.join("\n", lines)).isZero();
    JsonNode recorded = CaseFolders.cases(folder);
    long groups = GROUPS.stream().filter(group -> recorded.path(group).size() > 0).count();
    assertThat(groups).isGreaterThanOrEqualTo(2);
    assertThat(report.numPassed()).isEqualTo((int) groups);
  }
}
