package dev.rapt.tokenizer.verify;

import dev.rapt.tokenizer.Tokenizer;
import dev.rapt.tokenizer.files.VocabularyFiles;
import dev.rapt.tokenizer.json.TiktokenReader;
import dev.rapt.tokenizer.json.TokenizerConfig;
import dev.rapt.tokenizer.json.TokenizerDefinition;
import dev.rapt.tokenizer.types.IdBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/** The vocabulary files beside a tokenizer.json, held against the same recorded outputs. */
public final class VocabularyChecks {
  private VocabularyChecks() {}

  /** Whether a folder has a vocabulary beside its tokenizer.json. */
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
  public static void run(Path folder, JsonNode recorded, CheckSink sink) {
    if (recorded.has("tiktoken")) {
      ranks(folder, recorded, sink);
      return;
    }
    if (recorded.has("sentencepiece")) {
      library(folder, recorded.get("sentencepiece"), sink);
    }
    TokenizerConfig config = TokenizerConfig.read(folder);
    if (config.tokenizerClass().startsWith("PreTrained")) {
      return; // nothing says how the vocabulary is used
    }
    Optional<TokenizerDefinition> definition = VocabularyFiles.find(folder, config);
    if (definition.isEmpty()) {
      return;
    }
    // The recorded outputs know the added tokens of tokenizer.json, not all that the folder names.
    Tokenizer json = Tokenizer.load(folder.resolve("tokenizer.json"));
    Tokenizer tokenizer =
        Tokenizer.of(definition.get().withAddedTokens(json.addedTokens()), config.tokenNames());
    if (config.tokenizerClass().startsWith("Whisper")) {
      plain(tokenizer, recorded, sink); // the recorded prefix was set by a call, not by a file
    } else {
      TokenizerChecks.encodings(tokenizer, "vocabulary files: ", recorded, sink);
    }
    TokenizerChecks.decodings(tokenizer, recorded, sink);
  }

  private static void plain(Tokenizer tokenizer, JsonNode recorded, CheckSink sink) {
    Group group = new Group("vocabulary files: plain", sink);
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
    Group.same("ids", Recorded.list(ids.toArray()), Recorded.list(wanted));
  }

  private static void ranks(Path folder, JsonNode recorded, CheckSink sink) {
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
    plain(tokenizer, recorded, sink);
  }

  private static void library(Path folder, JsonNode section, CheckSink sink) {
    Tokenizer tokenizer = Tokenizer.load(folder.resolve(section.get("file").stringValue()));
    Group group = new Group("sentencepiece", sink);
    for (JsonNode item : section.get("encode")) {
      String text = item.get("text").stringValue();
      group.check(
          item.get("text").toString(),
          () -> {
            same(tokenizer, text, item.get("ids"));
            int[] ids =
                Recorded.list(item.get("ids")).stream().mapToInt(Integer::intValue).toArray();
            Group.same("decoded", tokenizer.decode(ids), item.get("decoded").stringValue());
          });
    }
    group.end();
  }
}
