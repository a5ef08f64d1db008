package dev.rapt.tokenizer;

import dev.rapt.tokenizer.verify.ComponentChecks;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** Single steps of the pipeline, recorded from the Python library. */
final class ComponentGoldenTest {
  @Test
  void componentsEqualTheReference() throws IOException {
    for (Path folder : RecordedFolders.folders("tokenizers/components")) {
      RecordedChecks checks = new RecordedChecks();
      ComponentChecks.components(RecordedFolders.cases(folder), checks);
      checks.assertAllPassed(60);
    }
  }

  @Test
  void patternsSplitAsTheReference() throws IOException {
    for (Path folder : RecordedFolders.folders("tokenizers/regex")) {
      RecordedChecks checks = new RecordedChecks();
      ComponentChecks.patterns(RecordedFolders.cases(folder), checks);
      checks.assertAllPassed(10);
    }
  }
}
