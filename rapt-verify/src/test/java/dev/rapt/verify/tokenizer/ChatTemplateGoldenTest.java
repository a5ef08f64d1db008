package dev.rapt.verify.tokenizer;

import dev.rapt.verify.CaseFolders;
import dev.rapt.verify.CaseRun;
import org.junit.jupiter.api.Test;

/** Conversations and small templates, rendered by the Python library. */
final class ChatTemplateGoldenTest {
  @Test
  void templatesRenderAsInTheReference() {
    CaseRun.of(new TokenizerCases(), CaseFolders.copy("chat_templates")).assertPassed(3);
  }

  @Test
  void allTemplatesRenderAsInTheReferenceWhereTheWholeSetIsPresent() {
    CaseRun.of(new TokenizerCases(), CaseFolders.wholeOrSkip("chat_templates")).assertPassed(7);
  }
}
