package dev.rapt.verify.tokenizer;

import dev.rapt.tokenizer.Tokenizer;
import dev.rapt.tokenizer.types.TokenizerFileException;
import dev.rapt.verify.report.CaseHandler;
import dev.rapt.verify.report.CaseReport;
import dev.rapt.verify.report.DamagedFileCases;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/** Runs recorded encodings, components of tokenizers, and chat templates. */
public final class TokenizerCases implements CaseHandler {
  private static final String TOKENIZER_FILE = "tokenizer.json";
  private static final Set<String> FAMILIES = Set.of("tokenizers", "chat_templates");

  /** Creates the handler. */
  public TokenizerCases() {}

  /** The handler of damaged tokenizer files. */
  public static DamagedFileCases damaged() {
    return DamagedFileCases.files(
        "tokenizers_bad",
        path -> {
          if (Tokenizer.load(path).encode("abc cab").length == 0) {
            throw new IllegalStateException("encode: the text must have tokens, got none");
          }
        });
  }

  @Override
  public boolean handles(JsonNode recorded) {
    return FAMILIES.contains(recorded.path("family").asString(""))
        || recorded.has("micro")
        || recorded.has("patterns")
        || recorded.has("pre_tokenizers");
  }

  @Override
  public void run(Path folder, JsonNode recorded, CaseReport report) {
    try {
      if (recorded.has("micro")) {
        ChatTemplateChecks.run(folder, recorded, report);
      } else if (recorded.has("patterns")) {
        ComponentChecks.patterns(recorded, report);
      } else if (recorded.has("pre_tokenizers")) {
        ComponentChecks.components(recorded, report);
      } else if (Files.exists(folder.resolve(TOKENIZER_FILE))) {
        TokenizerChecks.run(Tokenizer.load(folder.resolve(TOKENIZER_FILE)), "", recorded, report);
        if (VocabularyChecks.hasVocabulary(folder)) {
          VocabularyChecks.run(folder, recorded, report);
        }
      } else {
        report.notSupported("-", "must have a tokenizer.json, got none");
      }
    } catch (TokenizerFileException e) {
      report.failed("-", String.valueOf(e.getMessage()));
    }
  }
}
