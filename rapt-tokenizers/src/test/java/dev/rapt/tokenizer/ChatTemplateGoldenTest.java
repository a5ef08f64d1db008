package dev.rapt.tokenizer;

import dev.rapt.tokenizer.verify.ChatTemplateChecks;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** Conversations and small templates, rendered by the Python library. */
final class ChatTemplateGoldenTest {
  @Test
  void templatesRenderAsInTheReference() throws IOException {
    for (Path folder : RecordedFolders.folders("chat_templates")) {
      RecordedChecks checks = new RecordedChecks();
      ChatTemplateChecks.run(folder, RecordedFolders.cases(folder), checks);
      checks.assertAllPassed(2);
    }
  }
}
