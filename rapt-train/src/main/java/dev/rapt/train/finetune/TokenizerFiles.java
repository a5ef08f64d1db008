package dev.rapt.train.finetune;

import dev.rapt.checkpoint.AtomicFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Copies the files of a tokenizer, as they are, from the folder of one model to another. */
public final class TokenizerFiles {
  private static final List<String> NAMES =
      List.of(
          "tokenizer.json",
          "tokenizer_config.json",
          "special_tokens_map.json",
          "added_tokens.json",
          "vocab.txt",
          "vocab.json",
          "merges.txt",
          "bpe.codes",
          "dict.txt",
          "spiece.model",
          "spm.model",
          "sentencepiece.bpe.model",
          "sentencepiece.model",
          "tokenizer.model",
          "source.spm",
          "target.spm",
          "tekken.json",
          "tiktoken.model",
          "chat_template.jinja",
          "chat_template.json");

  private TokenizerFiles() {}

  /** Copies the files that {@code from} has. */
  public static void copy(Path from, Path into) throws IOException {
    for (String name : NAMES) {
      Path file = from.resolve(name);
      if (Files.exists(file)) {
        AtomicFiles.write(into.resolve(name), Files.readAllBytes(file)); // not its permissions
      }
    }
  }
}
