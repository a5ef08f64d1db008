package dev.rapt.tokenizer.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rapt.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class CharTokenizerTrainerTest {
  @Test
  void charactersAreTokensInCodePointOrder(@TempDir Path folder) throws IOException {
    String text = "hello \uD83D\uDE00\n\u4F60";
    Path file = folder.resolve("text.txt");
    Files.writeString(file, text);
    Tokenizer tokenizer = new CharTokenizerTrainer().add(file).train(List.of());
    assertThat(tokenizer.vocabSize()).isEqualTo(8);
    assertThat(tokenizer.encode("h\n\uD83D\uDE00")).containsExactly(3, 0, 7);
    assertThat(tokenizer.decode(tokenizer.encode(text))).isEqualTo(text);
    tokenizer.save(folder.resolve("saved"));
    Tokenizer reloaded = Tokenizer.load(folder.resolve("saved"));
    assertThat(reloaded.encode(text)).isEqualTo(tokenizer.encode(text));
  }

  @Test
  void surrogatePairsAcrossReadsStayWhole(@TempDir Path folder) throws IOException {
    String text = "a" + "\uD83D\uDE00".repeat(70_000);
    Path file = folder.resolve("text.txt");
    Files.writeString(file, text);
    assertThat(new CharTokenizerTrainer().add(file).size()).isEqualTo(2);
  }

  @Test
  void aByteOrderMarkIsNoCharacterOfTheText(@TempDir Path folder) throws IOException {
    Path file = Files.writeString(folder.resolve("text.txt"), "\uFEFFab\uFEFF");
    assertThat(new CharTokenizerTrainer().add(file).size()).isEqualTo(3);
    Files.writeString(file, "\uFEFFab");
    assertThat(new CharTokenizerTrainer().add(file).size()).isEqualTo(2);
  }

  @Test
  void theFirstByteThatIsNoUtf8IsNamedWithItsOffset(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("late.txt");
    for (int offset : new int[] {0, 1, 65_533, 65_534, 65_535, 65_536, 65_537, 200_001}) {
      byte[] bytes = "a".repeat(offset + 3).getBytes(StandardCharsets.UTF_8);
      bytes[offset] = (byte) 0xe9;
      Files.write(file, bytes);
      assertThatThrownBy(() -> new CharTokenizerTrainer().add(file))
          .isInstanceOf(IOException.class)
          .hasMessageEndingWith(
              "late.txt: must be UTF-8 text, got byte 0xE9 at offset %d; convert it or leave it out",
              offset);
    }
    byte[] cut = Arrays.copyOf("a".repeat(70_000).getBytes(StandardCharsets.UTF_8), 70_001);
    cut[70_000] = (byte) 0xf0; // a character that ends with the file
    Files.write(file, cut);
    assertThatThrownBy(() -> new CharTokenizerTrainer().add(file))
        .hasMessageContaining("got byte 0xF0 at offset 70000");
  }
}
