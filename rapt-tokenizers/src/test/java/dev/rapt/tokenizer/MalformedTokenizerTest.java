package dev.rapt.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rapt.tokenizer.text.AlignedText;
import dev.rapt.tokenizer.text.TextPattern;
import dev.rapt.tokenizer.types.TokenizerFileException;
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
    for (Path folder : RecordedFolders.folders("tokenizers_bad")) {
      List<String> accepted = new ArrayList<>();
      int refused = 0;
      for (JsonNode item : RecordedFolders.cases(folder).get("files")) {
        Path file = folder.resolve(item.get("file").stringValue());
        try {
          Tokenizer.load(file).encode("abc cab");
          if (item.get("must_reject").booleanValue()) {
            accepted.add(item.get("file").stringValue());
          }
        } catch (TokenizerFileException e) {
          assertThat(e).hasMessageContaining(file.getFileName().toString());
          refused++;
        }
      }
      assertThat(accepted).isEmpty();
      assertThat(refused).isGreaterThan(5);
      Tokenizer good = Tokenizer.load(folder.resolve("good.json"));
      assertThat(good.encode("abc cab")).isNotEmpty();
    }
  }

  @Test
  void errorsNameThePlace(@TempDir Path folder) throws IOException {
    String ids = "{\"a\": 0, \"b\": 1}";
    expect(
        folder,
        bpe("{\"a\": 0}", "[[\"a\", \"b\"]]"),
        "model.merges[0]: both parts must be in the vocabulary, got [\"a\",\"b\"]");
    expect(
        folder,
        bpe(ids, "[\"a c\"]"),
        "model.merges[0]: both parts must be in the vocabulary, got \"a c\"");
    expect(folder, bpe(ids, "[\"ab\"]"), "model.merges[0]: must be two tokens, got \"ab\"");
    expect(folder, bpe(ids, "[7]"), "model.merges[0]: must be two tokens, got 7");
    expect(
        folder,
        bpe(ids, "[[\"a\", [1], 2]]"),
        "model.merges[0]: must be two tokens, got [\"a\",[1],2]");
    expect(folder, bpe(ids, "[[]]"), "model.merges[0]: must be two tokens, got []");
    expect(folder, bpe(ids, "{}"), "model.merges: must be an array, got {}");
    expect(
        folder,
        bpe("{\"a\": \"0\"}", "[]"),
        "model.vocab.a: must be an id, a whole number of at least 0, got \"0\"");
    expect(
        folder,
        bpe("{\"a\": 3000000000}", "[]"),
        "model.vocab.a: must be an id, a whole number of at least 0, got 3000000000");
    expect(folder, bpe("[]", "[]"), "model.vocab: must be an object, got []");
  }

  private static String bpe(String vocab, String merges) {
    return "{\"model\": {\"type\": \"BPE\", \"vocab\": %s, \"merges\": %s}}"
        .formatted(vocab, merges);
  }

  private static void expect(Path folder, String json, String message) throws IOException {
    Path file = folder.resolve("tokenizer.json");
    Files.writeString(file, json);
    assertThatThrownBy(() -> Tokenizer.load(folder))
        .isInstanceOf(TokenizerFileException.class)
        .hasMessage(file + ": " + message);
  }

  @Test
  void invalidUtf8AndTrailingTextAreRefused(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("tokenizer.json");
    Files.write(file, new byte[] {'{', '"', (byte) 0xff, '"', ':', '1', '}'});
    assertThatThrownBy(() -> Tokenizer.load(folder)).hasMessage(file + ": must be UTF-8");
    Files.writeString(file, bpe("{}", "[]") + " {}");
    assertThatThrownBy(() -> Tokenizer.load(folder))
        .hasMessageContaining("the text must end after the value");
  }

  @Test
  void aFolderWithoutTokenizerNamesTheMissingFiles(@TempDir Path folder) {
    assertThatThrownBy(() -> Tokenizer.load(folder))
        .hasMessageContaining("must hold a tokenizer.json");
  }

  @Test
  void paddingBeyondMemoryIsRefused(@TempDir Path folder) throws IOException {
    expect(
        folder,
        "{\"padding\": {\"pad_to_multiple_of\": 2147483647}, " + bpe("{}", "[]").substring(1),
        "padding: padding: lengths must be in 0 to 16777216, got 0 and 2147483647");
  }

  @Test
  void scoresMustBeFinite(@TempDir Path folder) throws IOException {
    expect(
        folder,
        "{\"model\": {\"type\": \"Unigram\", \"unk_id\": 0, \"vocab\": [[\"a\", 1e999]]}}",
        "model.vocab[0][1]: must be a finite number, got \"Infinity\"");
    byte[] piece = {10, 10, 10, 1, 'a', 21, 0, 0, (byte) 0xC0, 0x7F, 24, 2}; // score NaN
    Path model = folder.resolve("spiece.model");
    Files.write(model, piece);
    assertThatThrownBy(() -> Tokenizer.load(model))
        .isInstanceOf(TokenizerFileException.class)
        .hasMessage(model + ": pieces[0].score: must be a finite number, got NaN");
  }

  @Test
  void countsOfTokensToAddAreLimited(@TempDir Path folder) throws IOException {
    Path source = RecordedFolders.small().resolveSibling("translation/m2m100_unigram");
    Files.copy(source.resolve("sentencepiece.bpe.model"), folder.resolve("spiece.model"));
    Path config = folder.resolve("tokenizer_config.json");
    Files.writeString(config, "{\"tokenizer_class\": \"T5Tokenizer\", \"extra_ids\": 2147483647}");
    assertThatThrownBy(() -> Tokenizer.load(folder))
        .isInstanceOf(TokenizerFileException.class)
        .hasMessage(config + ": extra_ids: must be at most 65536, got 2147483647");
  }

  @Test
  void regularExpressionsThatExhaustTheStackAreRefused() {
    assertThatThrownBy(() -> new TextPattern.Regex("(".repeat(50_000) + ")".repeat(50_000)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("Stack overflow during pattern compilation");
    TextPattern recursive = new TextPattern.Regex("(?:a|b)*c");
    assertThatThrownBy(() -> recursive.find(AlignedText.of("ab".repeat(200_000))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("split the text");
  }
}
