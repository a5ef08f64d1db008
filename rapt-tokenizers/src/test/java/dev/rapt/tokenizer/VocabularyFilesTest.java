package dev.rapt.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rapt.tokenizer.types.IdBuffer;
import dev.rapt.tokenizer.types.TokenizerFileException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Tokenizers from files other than tokenizer.json. */
final class VocabularyFilesTest {
  @TempDir Path temporary;

  @Test
  void vocabTxtAloneIsBert() throws IOException {
    Files.writeString(
        temporary.resolve("vocab.txt"), "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nhello\n##s\nworld\n");
    Tokenizer tokenizer = Tokenizer.load(temporary);
    assertThat(tokenizer.encode("Hellos world [MASK] !")).containsExactly(2, 5, 6, 7, 4, 1, 3);
    assertThat(tokenizer.decode(new int[] {5, 6, 7}, true)).isEqualTo("hellos world");
  }

  @Test
  void vocabJsonWithMergesAloneIsGpt2() throws IOException {
    Tokenizer original =
        Tokenizer.load(RecordedFolders.small().resolve("tokenizers/gpt2_byte_bpe/tokenizer.json"));
    StringBuilder vocab = new StringBuilder("{");
    for (int id = 0; id < original.vocabSize(); id++) {
      String token = original.idToToken(id).orElseThrow();
      vocab
          .append(id == 0 ? "" : ",")
          .append('"')
          .append(token.replace("\\", "\\\\").replace("\"", "\\\""))
          .append("\":")
          .append(id);
    }
    Files.writeString(temporary.resolve("vocab.json"), vocab.append('}'));
    StringBuilder merges = new StringBuilder("#version: 0.2\n");
    var model = (dev.rapt.tokenizer.model.BpeModel) original.definition().model();
    for (int rank = 0; rank < model.numMerges(); rank++) {
      merges
          .append(model.tokenOf(model.left(rank)))
          .append(' ')
          .append(model.tokenOf(model.right(rank)))
          .append('\n');
    }
    Files.writeString(temporary.resolve("merges.txt"), merges);
    Tokenizer tokenizer = Tokenizer.load(temporary);
    String text = "The quick brown fox, 123 times\n";
    assertThat(tokenizer.encode(text)).isEqualTo(original.encode(text));
    JsonNode recorded =
        RecordedFolders.cases(RecordedFolders.small().resolve("tokenizers/gpt2_byte_bpe"))
            .get("decode");
    assertThat(recorded.size()).isPositive();
    for (JsonNode item : recorded) {
      int[] ids = item.get("ids").valueStream().mapToInt(JsonNode::intValue).toArray();
      assertThat(tokenizer.decode(ids)).isEqualTo(item.get("decoded").stringValue());
    }
  }

  @Test
  void damagedModelsAreRefusedByName() throws IOException {
    Path model = temporary.resolve("spiece.model");
    Files.write(model, new byte[] {10, 100, 1, 2, 3});
    assertThatThrownBy(() -> Tokenizer.load(temporary))
        .isInstanceOf(TokenizerFileException.class)
        .hasMessageContaining("spiece.model");
    Files.write(model, "no model at all".getBytes(StandardCharsets.UTF_8));
    assertThatThrownBy(() -> Tokenizer.load(model)).isInstanceOf(TokenizerFileException.class);
  }

  @Test
  void aMergeOfUnknownTokensIsRefusedWithItsLine() throws IOException {
    Files.writeString(temporary.resolve("vocab.json"), "{\"a\": 0, \"b\": 1}");
    Files.writeString(temporary.resolve("merges.txt"), "#version: 0.2\na b\n");
    assertThatThrownBy(() -> Tokenizer.load(temporary)).hasMessageContaining("merges.txt");
    Files.writeString(temporary.resolve("merges.txt"), "a c\n");
    assertThatThrownBy(() -> Tokenizer.load(temporary)).hasMessageContaining("merges.txt: line 1");
  }

  @Test
  void namedTokensOfAFolderAreMatchedInText() throws IOException {
    Path source = RecordedFolders.small().resolve("tokenizers/gpt2_byte_bpe");
    Files.copy(source.resolve("tokenizer.json"), temporary.resolve("tokenizer.json"));
    Files.writeString(
        temporary.resolve("tokenizer_config.json"),
        "{\"pad_token\": \"<pad>\", \"added_tokens_decoder\": {\"5000\": {\"content\": \"<x>\"}}}");
    Tokenizer tokenizer = Tokenizer.load(temporary);
    IdBuffer ids = new IdBuffer(0);
    tokenizer.encode("<x><pad>", ids);
    int next = Tokenizer.load(source.resolve("tokenizer.json")).vocabSize();
    assertThat(ids.toArray()).containsExactly(next, next + 1);
    assertThat(tokenizer.padId()).hasValue(next + 1);
  }
}
