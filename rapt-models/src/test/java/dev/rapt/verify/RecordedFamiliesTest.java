package dev.rapt.verify;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rapt.golden.Golden;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Families of which this repository has recordings of its own ({@code resources/recorded}). */
class RecordedFamiliesTest {
  @TestFactory
  Stream<DynamicTest> recordedCallsMatch() throws IOException {
    Path root = Golden.recorded();
    List<Path> folders;
    try (Stream<Path> files = Files.walk(root)) {
      folders = files.filter(file -> file.endsWith("record.json")).map(Path::getParent).toList();
    }
    assertThat(folders).isNotEmpty();
    return folders.stream()
        .sorted()
        .map(folder ->
            DynamicTest.dynamicTest(
                root.relativize(folder).toString(), () -> assertAllPass(folder)));
  }

  private static void assertAllPass(Path folder) {
    List<String> lines = new ArrayList<>();
    Verifier verifier = new Verifier(List.of(new ModelCases(CaseModel.Loader.all())));
    CaseReport report = verifier.run(folder, lines::add);
    assertThat(report.numFailed()).as(() -> String.join("\n", lines)).isZero();
    assertThat(report.numNotSupported()).as(() -> String.join("\n", lines)).isZero();
    assertThat(report.numPassed()).isPositive();
  }
}
