package dev.rapt.verify;

import dev.rapt.tokenizer.Tokenizer;
import dev.rapt.tokenizer.types.TokenizerFileException;
import dev.rapt.tokenizer.verify.ChatTemplateChecks;
import dev.rapt.tokenizer.verify.CheckSink;
import dev.rapt.tokenizer.verify.ComponentChecks;
import dev.rapt.tokenizer.verify.TokenizerChecks;
import dev.rapt.tokenizer.verify.VocabularyChecks;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/** Recorded encodings, single steps of tokenizers, and chat templates. */
public final class TokenizerCases implements CaseHandler {
  private static final String TOKENIZER_FILE = "tokenizer.json";
  private static final Set<String> FAMILIES = Set.of("tokenizers", "chat_templates");

  /** The handler of these cases. */
  public TokenizerCases() {}

  /** The handler of damaged tokenizer files. */
  public static DamagedFileCases damaged() {
    return DamagedFileCases.files(
        "tokenizers_bad",
        path -> {
          if (Tokenizer.load(path).encode("abc cab").length == 0) {
            throw new IllegalStateException("a text must have tokens, got none");
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
    CheckSink sink =
        new CheckSink() {
          @Override
          public void passed(String call, String detail) {
            report.passed(call, detail);
          }

          @Override
          public void failed(String call, String why) {
            report.failed(call, why);
          }
        };
    try {
      if (recorded.has("micro")) {
        ChatTemplateChecks.run(folder, recorded, sink);
      } else if (recorded.has("patterns")) {
        ComponentChecks.patterns(recorded, sink);
      } else if (recorded.has("pre_tokenizers")) {
        ComponentChecks.components(recorded, sink);
      } else if (Files.exists(folder.resolve(TOKENIZER_FILE))) {
        TokenizerChecks.run(Tokenizer.load(folder.resolve(TOKENIZER_FILE)), "", recorded, sink);
        if (VocabularyChecks.hasVocabulary(folder)) {
          VocabularyChecks.run(folder, recorded, sink);
        }
      } else {
        report.notSupported("-", "no tokenizer.json in this folder");
      }
    } catch (TokenizerFileException e) {
      report.failed("-", String.valueOf(e.getMessage()));
    }
  }
}
