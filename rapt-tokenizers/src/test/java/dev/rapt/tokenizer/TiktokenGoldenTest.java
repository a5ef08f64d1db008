package dev.rapt.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rapt.tokenizer.types.IdBuffer;
import dev.rapt.tokenizer.json.TiktokenReader;
import dev.rapt.tokenizer.types.TokenizerFileException;
import dev.rapt.tokenizer.pretokenize.SplitScanner;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Rank files of tiktoken. */
final class TiktokenGoldenTest {
  @Test
  void rankFilesGiveTheIdsOfTiktoken() throws IOException {
    for (Path folder : RecordedFolders.tokenizerFolders()) {
      JsonNode section = RecordedFolders.cases(folder).path("tiktoken");
      if (section.isMissingNode()) {
        continue;
      }
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
      for (JsonNode item : RecordedFolders.cases(folder).get("encode")) {
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
  void aLineThatIsNoRankIsRefused(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("ranks.tiktoken");
    Files.writeString(file, "IQ== 0\nIg== x\n");
    assertThatThrownBy(
            () -> TiktokenReader.read(file, SplitScanner.GPT4.patterns().getFirst(), Map.of()))
        .isInstanceOf(TokenizerFileException.class)
        .hasMessageContaining("line 2");
  }
}
