package dev.rapt.tokenizer.files;

import dev.rapt.tokenizer.json.TiktokenReader;
import dev.rapt.tokenizer.json.TokenizerConfig;
import dev.rapt.tokenizer.json.TokenizerDefinition;
import dev.rapt.tokenizer.pretokenize.SplitScanner;
import dev.rapt.tokenizer.types.AddedToken;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** Rank files of tiktoken. They lack the split pattern, which follows from the file name. */
final class RankFiles {
  private RankFiles() {}

  static TokenizerDefinition read(Path file, TokenizerConfig config) {
    Map<String, Integer> special = new LinkedHashMap<>();
    for (AddedToken token : config.addedTokens()) {
      special.put(token.content(), token.id());
    }
    return TiktokenReader.read(file, scanner(file, config).patterns().getFirst(), special);
  }

  private static SplitScanner scanner(Path file, TokenizerConfig config) {
    String name = file.getFileName().toString().toLowerCase(Locale.ROOT);
    if (name.contains("o200k")) {
      return SplitScanner.O200K;
    }
    if (name.contains("r50k") || name.contains("p50k") || name.contains("gpt2")) {
      return SplitScanner.GPT2;
    }
    boolean isQwen = name.contains("qwen") || config.tokenizerClass().startsWith("QWen");
    return isQwen ? SplitScanner.QWEN : SplitScanner.GPT4;
  }
}
