package dev.rapt.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rapt.tokenizer.train.ByteLevelBpeTrainer;
import dev.rapt.tokenizer.train.CharTokenizerTrainer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UnknownCharactersTest {
  private static final String SNOW = "\u2603";
  private static final String FACE = "\uD83D\uDE00";

  private final Tokenizer letters = new CharTokenizerTrainer().add("ab \n").train(List.of("<s>"));

  @Test
  void charactersThatTheVocabularyLacksAreCountedAndShown() {
    String text = "a" + FACE + "b" + SNOW + FACE + "\t";
    UnknownCharacters unknown = UnknownCharacters.of(letters).add(text);
    assertThat(unknown.count()).isEqualTo(4);
    assertThat(unknown.problem())
        .isEqualTo(
            "must hold only characters of the vocabulary, got 4 of 6 that it lacks: '"
                + FACE
                + "' (U+1F600) 2 times, U+0009, '"
                + SNOW
                + "' (U+2603)");
    assertThat(letters.encode(text)).isEqualTo(letters.encode("ab"));
  }

  @Test
  void whatIsCountedIsWhatEncodingDrops() {
    for (int c = 0; c < 0x300; c++) {
      String text = Character.toString(c);
      assertThat(UnknownCharacters.of(letters).add(text).count())
          .as("U+%04X", c)
          .isEqualTo(letters.encode(text).length == 0 ? 1 : 0);
    }
    assertThat(UnknownCharacters.of(letters).add("a<s>b").count()).isZero();
  }

  @Test
  void addedTokensAreKnownWhereverAFileIsRead(@TempDir Path folder) throws IOException {
    String text = "ab\n<s>a<s>b".repeat(20_000);
    Path file = Files.writeString(folder.resolve("text.txt"), text + "<s");
    assertThat(UnknownCharacters.of(letters).add(file).count()).isEqualTo(2);
    Path oneLine = Files.writeString(folder.resolve("line.txt"), text.replace("\n", ""));
    assertThat(UnknownCharacters.of(letters).add(oneLine).count()).isZero();
  }

  @Test
  void tokenizersOfBytesLackNothing() {
    Tokenizer bytes =
        new ByteLevelBpeTrainer(ByteLevelBpeTrainer.Options.of(257)).trainOnTexts(List.of("ab"));
    UnknownCharacters unknown = UnknownCharacters.of(bytes).add(SNOW);
    assertThat(unknown.isCharacterLevel()).isFalse();
    assertThat(unknown.count()).isZero();
  }

  @Test
  void writtenTokenizersHaveTheUsualPermissions(@TempDir Path folder) throws IOException {
    Set<PosixFilePermission> usual =
        Files.getPosixFilePermissions(Files.writeString(folder.resolve("usual"), "x"));
    letters.save(folder);
    for (String name : List.of("tokenizer.json", "tokenizer_config.json")) {
      assertThat(Files.getPosixFilePermissions(folder.resolve(name))).as(name).isEqualTo(usual);
    }
  }
}
