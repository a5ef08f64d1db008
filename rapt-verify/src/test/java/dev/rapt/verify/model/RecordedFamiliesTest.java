package dev.rapt.verify.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rapt.verify.CaseFolders;
import dev.rapt.verify.CaseRun;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Families whose cases were recorded for this repository ({@code resources/recorded}). */
class RecordedFamiliesTest {
  @TestFactory
  Stream<DynamicTest> recordedCallsMatch() throws IOException {
    Path root = CaseFolders.recorded();
    List<Path> folders;
    try (Stream<Path> files = Files.walk(root)) {
      folders = files.filter(file -> file.endsWith("record.json")).map(Path::getParent).toList();
    }
    assertThat(folders).isNotEmpty();
    return folders.stream()
        .sorted()
        .map(folder ->
            DynamicTest.dynamicTest(
                root.relativize(folder).toString(),
                () -> CaseRun.assertEveryCallPasses(CaseModel.Loader.all(), folder)));
  }
}
