package dev.rapt.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rapt.tokenizer.types.TokenizerFileException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Rank files of tiktoken take split pattern and special tokens from their model. The ranks here are
 * the bytes and a few words, which a text has only where it is split around them.
 */
final class RankFilesTest {
  private static final List<String> WORDS =
      List.of("HelloWorld", "Hello", "World", "123", "12345", "\u4E2D\u6587", "\u4E2D\u6587Hello");

  @TempDir Path folder;

  private Path file = Path.of("");

  @BeforeEach
  void writeRanks() throws IOException {
    StringBuilder lines = new StringBuilder();
    for (int b = 0; b < 256; b++) {
      line(lines, new byte[] {(byte) b}, b);
    }
    for (int i = 0; i < WORDS.size(); i++) {
      line(lines, WORDS.get(i).getBytes(StandardCharsets.UTF_8), 256 + i);
    }
    file = Files.writeString(folder.resolve("tokenizer.model"), lines);
  }

  private static void line(StringBuilder lines, byte[] token, int rank) {
    lines.append(Base64.getEncoder().encodeToString(token)).append(' ').append(rank).append('\n');
  }

  private void config(String json) throws IOException {
    Files.writeString(folder.resolve("config.json"), json);
  }

  /** Returns the words that are one token in the encoded text. */
  private static List<String> words(Tokenizer tokenizer, String text) {
    return Arrays.stream(tokenizer.encode(text))
        .filter(id -> id >= 256)
        .mapToObj(id -> tokenizer.decode(id))
        .toList();
  }

  @ParameterizedTest
  @CsvSource({
    "llama, HelloWorld 123",
    "llama4, Hello World 123",
    "kimi_k2, Hello World 123",
    "whisper, HelloWorld 12345",
    "qwen, HelloWorld",
  })
  void theModelTypeDeterminesTheSplitPattern(String modelType, String wanted) throws IOException {
    config("{\"model_type\": \"" + modelType + "\"}");
    assertThat(String.join(" ", words(Tokenizer.load(folder), "HelloWorld;12345")))
        .isEqualTo(wanted);
  }

  @Test
  void kimiSplitsHanFromOtherLetters() throws IOException {
    config("{\"model_type\": \"kimi_k2\"}");
    assertThat(words(Tokenizer.load(folder), "\u4E2D\u6587Hello"))
        .containsExactly("\u4E2D\u6587", "Hello");
    config("{\"model_type\": \"llama4\"}");
    assertThat(words(Tokenizer.load(folder), "\u4E2D\u6587Hello"))
        .containsExactly("\u4E2D\u6587Hello");
  }

  @Test
  void theClassOfRemoteCodeComesBeforeTheModelType() throws IOException {
    config("{\"model_type\": \"deepseek_v3\"}");
    Files.writeString(
        folder.resolve("tokenizer_config.json"),
        """
        {"auto_map": {"AutoTokenizer": ["tokenization_moonshot.TikTokenTokenizer", null]},
         "added_tokens_decoder": {"264": {"content": "<|im_end|>", "special": true}}}
        """);
    Tokenizer tokenizer = Tokenizer.load(folder);
    assertThat(words(tokenizer, "HelloWorld")).containsExactly("Hello", "World");
    assertThat(tokenizer.encode("<|im_end|><|reserved_token_265|>")).containsExactly(264, 265);
  }

  @Test
  void specialTokensFollowTheRanks() throws IOException {
    config("{\"model_type\": \"llama\"}");
    assertThat(Tokenizer.load(folder).encode("<|begin_of_text|><|eot_id|>"))
        .containsExactly(263, 263 + 9);
    config("{\"model_type\": \"llama4\"}");
    assertThat(Tokenizer.load(folder).encode("<|begin_of_text|><|eot|><|patch|>"))
        .containsExactly(263, 263 + 8, 263 + 92);
    config("{\"model_type\": \"whisper\", \"vocab_size\": 51866}");
    assertThat(Tokenizer.load(folder).encode("<|en|><|yue|><|0.02|>"))
        .containsExactly(263 + 2, 263 + 101, 263 + 109);
  }

  @Test
  void aFileThatNothingExplainsIsRefusedWithTheChoices() {
    assertThatThrownBy(() -> Tokenizer.load(folder))
        .isInstanceOf(TokenizerFileException.class)
        .hasMessageContaining("got 263 ranks")
        .hasMessageContaining("--pattern")
        .hasMessageContaining("llama3");
    assertThatThrownBy(() -> Tokenizer.load(file)).isInstanceOf(TokenizerFileException.class);
    assertThat(words(Tokenizer.loadRanks(file, "cl100k"), "HelloWorld 12345"))
        .containsExactly("HelloWorld", "123");
    assertThatThrownBy(() -> Tokenizer.loadRanks(file, "gpt5"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("--pattern: must be one of gpt2, ");
  }

  @Test
  void codeThatIsNotKnownIsRefused() throws IOException {
    Files.move(file, folder.resolve("cl.model"));
    Files.writeString(
        folder.resolve("tokenizer_config.json"),
        "{\"auto_map\": {\"AutoTokenizer\": [\"tokenization_x.XTokenizer\", null]}}");
    assertThatThrownBy(() -> Tokenizer.load(folder)).isInstanceOf(TokenizerFileException.class);
  }

  @Test
  void wellKnownFileNamesTellTheModel() throws IOException {
    Path named = Files.move(file, folder.resolve("o200k_base.tiktoken"));
    assertThat(words(Tokenizer.load(named), "HelloWorld")).containsExactly("Hello", "World");
    assertThat(Tokenizer.load(named).encode("<|endoftext|>")).containsExactly(199999);
    named = Files.move(named, folder.resolve("cl100k_base.tiktoken"));
    // Its pattern in tiktoken takes white space at the end together, line ends included.
    assertThat(Tokenizer.load(named).encode("Hello \n ")).containsExactly(257, ' ', '\n', ' ');
    assertThat(words(Tokenizer.load(named), "HelloWorld")).containsExactly("HelloWorld");
  }

  @Test
  void whisperHasAnEmptyToken() throws IOException {
    Path whisper =
        Files.writeString(folder.resolve("x.tiktoken"), "IQ== 0\nIg== 1\n5Zy6 50255\n= 50256\n");
    Tokenizer tokenizer = Tokenizer.load(whisper);
    assertThat(tokenizer.encode("!")).containsExactly(0);
    assertThat(tokenizer.decode(0, 50256, 1)).isEqualTo("!\"");
    assertThat(tokenizer.tokenToId("<|endoftext|>")).hasValue(4);
  }
}
