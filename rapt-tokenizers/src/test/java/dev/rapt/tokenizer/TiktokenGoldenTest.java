package dev.rapt.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rapt.tokenizer.json.TiktokenReader;
import dev.rapt.tokenizer.pretokenize.SplitScanner;
import dev.rapt.tokenizer.types.IdBuffer;
import dev.rapt.tokenizer.types.TokenizerFileException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Rank files of tiktoken. */
final class TiktokenGoldenTest {
  @Test
  void rankFilesGiveTheIdsOfTheReference() throws IOException {
    List<Path> folders = new ArrayList<>();
    for (Path folder : RecordedFolders.tokenizerFolders()) {
      if (RecordedFolders.cases(folder).has("tiktoken")) {
        folders.add(folder);
      }
    }
    for (Path folder : RecordedFolders.orSkip("tiktoken", folders)) {
      JsonNode section = RecordedFolders.cases(folder).get("tiktoken");
      Map<String, Integer> special = new LinkedHashMap<>();
      Tokenizer.load(folder)
          .addedTokens()
          .forEach(token -> special.put(token.content(), token.id()));
      Tokenizer tokenizer =
          Tokenizer.of(
              TiktokenReader.read(
                  folder.resolve(section.get("file").stringValue()),
                  section.get("pattern").stringValue(),
                  special));
      JsonNode encode = RecordedFolders.cases(folder).get("encode");
      assertThat(encode.size()).isPositive();
      for (JsonNode item : encode) {
        IdBuffer ids = new IdBuffer(0);
        tokenizer.encode(item.get("text").stringValue(), ids);
        assertThat(ids.toArray())
            .as(item.get("text").stringValue())
            .isEqualTo(
                item.get("ids_without_special")
                    .valueStream()
                    .mapToInt(JsonNode::intValue)
                    .toArray());
      }
    }
  }

  @Test
  void aLineWithoutRankIsRefused(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("ranks.tiktoken");
    Files.writeString(file, "IQ== 0\nIg== x\n");
    assertThatThrownBy(
            () -> TiktokenReader.read(file, SplitScanner.GPT4.patterns().getFirst(), Map.of()))
        .isInstanceOf(TokenizerFileException.class)
        .hasMessageContaining("line 2");
  }
}
