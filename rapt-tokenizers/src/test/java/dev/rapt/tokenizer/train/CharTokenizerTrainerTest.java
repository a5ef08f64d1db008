package dev.rapt.tokenizer.train;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rapt.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
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
}
