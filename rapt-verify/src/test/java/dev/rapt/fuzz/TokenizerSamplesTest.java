package dev.rapt.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rapt.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The samples from which fuzz tests start are valid. */
final class TokenizerSamplesTest {
  @TempDir Path temporary;

  @Test
  void textsOfTokenizerJsonLoadAndEncode() throws IOException {
    Path file = temporary.resolve("tokenizer.json");
    for (String json : TokenizerSamples.JSON) {
      Files.writeString(file, json);
      assertThat(Tokenizer.load(file).encode("hello aa")).as(json).isNotEmpty();
    }
  }

  @Test
  void configFilesLoad() throws IOException {
    Files.writeString(temporary.resolve("tokenizer.json"), TokenizerSamples.JSON.getFirst());
    for (String config : TokenizerSamples.CONFIGS) {
      for (String map : TokenizerSamples.SPECIAL_TOKENS_MAPS) {
        Files.writeString(temporary.resolve("tokenizer_config.json"), config);
        Files.writeString(temporary.resolve("special_tokens_map.json"), map);
        assertThat(Tokenizer.load(temporary).tokenNames()).isNotEmpty();
      }
    }
  }

  @Test
  void vocabularyFoldersLoadAndEncode() throws IOException {
    int number = 0;
    for (Map<String, byte[]> files : TokenizerSamples.folders()) {
      Path folder = Files.createDirectory(temporary.resolve("v" + number++));
      for (Map.Entry<String, byte[]> file : files.entrySet()) {
        Files.write(folder.resolve(file.getKey()), file.getValue());
      }
      assertThat(Tokenizer.load(folder).encode("hello aa")).as(files.toString()).isNotEmpty();
    }
  }
}
