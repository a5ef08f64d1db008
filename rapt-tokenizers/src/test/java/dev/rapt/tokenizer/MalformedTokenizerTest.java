package dev.rapt.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rapt.tokenizer.json.TokenizerFileException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Broken tokenizer files. */
final class MalformedTokenizerTest {
  @Test
  void brokenFilesAreRefusedByName() throws IOException {
    for (Path folder : Golden.folders("tokenizers_bad")) {
      List<String> accepted = new ArrayList<>();
      for (JsonNode item : Golden.cases(folder).get("files")) {
        Path file = folder.resolve(item.get("file").stringValue());
        try {
          Tokenizer.load(file).encode("abc cab");
          if (item.get("must_reject").booleanValue()) {
            accepted.add(item.get("file").stringValue());
          }
        } catch (TokenizerFileException e) {
          assertThat(e).hasMessageContaining(file.getFileName().toString());
        }
      }
      assertThat(accepted).isEmpty();
      Tokenizer good = Tokenizer.load(folder.resolve("good.json"));
      assertThat(good.encode("abc cab")).isNotEmpty();
    }
  }

  @Test
  void errorsNameThePlace(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("tokenizer.json");
    Files.writeString(
        file,
        "{\"model\": {\"type\": \"BPE\", \"vocab\": {\"a\": 0}, \"merges\": [[\"a\", \"b\"]]}}");
    assertThatThrownBy(() -> Tokenizer.load(folder))
        .isInstanceOf(TokenizerFileException.class)
        .hasMessage(
            file + ": model.merges[0]: both parts must be in the vocabulary, got [\"a\",\"b\"]");
  }

  @Test
  void aFolderWithoutTokenizerSaysWhatIsMissing(@TempDir Path folder) {
    assertThatThrownBy(() -> Tokenizer.load(folder))
        .hasMessageContaining("must hold a tokenizer.json");
  }
}
