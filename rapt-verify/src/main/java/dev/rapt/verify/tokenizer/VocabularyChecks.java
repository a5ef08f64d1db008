package dev.rapt.verify.tokenizer;

import dev.rapt.tokenizer.Tokenizer;
import dev.rapt.tokenizer.files.VocabularyFiles;
import dev.rapt.tokenizer.json.TiktokenReader;
import dev.rapt.tokenizer.json.TokenizerConfig;
import dev.rapt.tokenizer.json.TokenizerDefinition;
import dev.rapt.tokenizer.types.IdBuffer;
import dev.rapt.verify.report.CaseReport;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/** Compares tokenizers read from vocabulary files with the recorded outputs of tokenizer.json. */
public final class VocabularyChecks {
  private VocabularyChecks() {}

  /** Whether a folder has vocabulary files next to its tokenizer.json. */
  public static boolean hasVocabulary(Path folder) {
    return Files.exists(folder.resolve("vocab.txt"))
        || Files.exists(folder.resolve("merges.txt"))
        || Files.exists(folder.resolve("tokenizer.tiktoken"))
        || !sentencePieceFiles(folder).isEmpty();
  }

  private static List<Path> sentencePieceFiles(Path folder) {
    return List.of("tokenizer.model", "spiece.model", "sentencepiece.bpe.model").stream()
        .map(folder::resolve)
        .filter(Files::exists)
        .toList();
  }

  /** Runs all checks of a folder; {@code recorded} is its cases.json. */
  public static void run(Path folder, JsonNode recorded, CaseReport report) {
    if (recorded.has("tiktoken")) {
      ranks(folder, recorded, report);
      return;
    }
    if (recorded.has("sentencepiece")) {
      library(folder, recorded.get("sentencepiece"), report);
    }
    TokenizerConfig config = VocabularyFiles.settings(folder);
    if (config.tokenizerClass().startsWith("PreTrained")) {
      return; // the class does not determine how the vocabulary is used
    }
    Optional<TokenizerDefinition> definition = VocabularyFiles.find(folder, config);
    if (definition.isEmpty()) {
      return;
    }
    // The reference used the added tokens of tokenizer.json only, not all that the folder names.
    Tokenizer json = Tokenizer.load(folder.resolve("tokenizer.json"));
    Tokenizer tokenizer =
        Tokenizer.of(definition.get().withAddedTokens(json.addedTokens()), config.tokenNames());
    if (config.tokenizerClass().startsWith("Whisper")) {
      plain(tokenizer, recorded, report); // a call of the reference set the prefix, not a file
    } else {
      TokenizerChecks.encodings(tokenizer, "vocabulary files: ", recorded, report);
    }
    TokenizerChecks.decodings(tokenizer, recorded, report);
  }

  private static void plain(Tokenizer tokenizer, JsonNode recorded, CaseReport report) {
    CheckGroup group = new CheckGroup("vocabulary files: plain", report);
    for (JsonNode item : recorded.path("encode")) {
      group.check(
          item.get("text").toString(),
          () -> same(tokenizer, item.get("text").stringValue(), item.get("ids_without_special")));
    }
    group.end();
  }

  private static void same(Tokenizer tokenizer, String text, JsonNode wanted) {
    IdBuffer ids = new IdBuffer(0);
    tokenizer.encode(text, ids);
    CheckGroup.same("ids", RecordedValues.list(ids.toArray()), RecordedValues.list(wanted));
  }

  private static void ranks(Path folder, JsonNode recorded, CaseReport report) {
    JsonNode section = recorded.get("tiktoken");
    Map<String, Integer> special = new LinkedHashMap<>();
    Tokenizer.load(folder.resolve("tokenizer.json"))
        .addedTokens()
        .forEach(token -> special.put(token.content(), token.id()));
    Tokenizer tokenizer =
        Tokenizer.of(
            TiktokenReader.read(
                folder.resolve(section.get("file").stringValue()),
                section.get("pattern").stringValue(),
                special));
    plain(tokenizer, recorded, report);
  }

  private static void library(Path folder, JsonNode section, CaseReport report) {
    Tokenizer tokenizer = Tokenizer.load(folder.resolve(section.get("file").stringValue()));
    CheckGroup group = new CheckGroup("sentencepiece", report);
    for (JsonNode item : section.get("encode")) {
      String text = item.get("text").stringValue();
      group.check(
          item.get("text").toString(),
          () -> {
            same(tokenizer, text, item.get("ids"));
            int[] ids =
                RecordedValues.list(item.get("ids")).stream().mapToInt(Integer::intValue).toArray();
            CheckGroup.same("decoded", tokenizer.decode(ids), item.get("decoded").stringValue());
          });
    }
    group.end();
  }
}
