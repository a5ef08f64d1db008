package dev.rapt.tokenizer.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rapt.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ByteLevelBpeTrainerTest {
  private static final List<String> WORDS =
      List.of(
          "the",
          "cat",
          "sat",
          "on",
          "mat",
          "\u0451\u0436\u0438\u043a",
          "don't",
          "123",
          "\n",
          "caf\u00e9",
          "aaaa");

  private static String text(int words, long seed) {
    Random random = new Random(seed);
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < words; i++) {
      text.append(WORDS.get((int) (Math.abs(random.nextGaussian()) * 3) % WORDS.size()));
      text.append(random.nextInt(12) == 0 ? ".\n" : " ");
    }
    return text.toString();
  }

  @Test
  void mergesTheMostFrequentPairFirstAndTiesBySmallestIds() {
    // Recorded from tokenizers 0.23.2 with the same text, alphabet and sizes.
    Tokenizer tokenizer =
        new ByteLevelBpeTrainer(ByteLevelBpeTrainer.Options.of(257 + 6).withMinFrequency(0))
            .trainOnTexts(List.of("low low low lower lower newest newest newest widest"));
    assertThat(tokenizer.vocabSize()).isEqualTo(263);
    List<String> learnt =
        java.util.stream.IntStream.range(257, 263)
            .mapToObj(id -> tokenizer.idToToken(id).orElseThrow())
            .toList();
    assertThat(learnt).containsExactly(EXPECTED);
  }

  private static final String[] EXPECTED = {"lo", "we", "st", "\u0120lo", "ewe", "newe"};

  @Test
  void theResultIsIndependentOfTheNumberOfThreads(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("text.txt");
    Files.writeString(file, text(20_000, 1));
    Path more = folder.resolve("more.txt");
    Files.writeString(more, text(20_000, 2));
    for (SplitPattern pattern : SplitPattern.values()) {
      ByteLevelBpeTrainer.Options options =
          ByteLevelBpeTrainer.Options.of(320).withPattern(pattern);
      Path one = folder.resolve("one.json");
      Path four = folder.resolve("four.json");
      new ByteLevelBpeTrainer(options.withNumThreads(1)).train(List.of(file, more)).save(one);
      new ByteLevelBpeTrainer(options.withNumThreads(4)).train(List.of(file, more)).save(four);
      assertThat(four).hasSameTextualContentAs(one);
    }
  }

  @Test
  void filesAndTextsGiveTheSameTokenizer(@TempDir Path folder) throws IOException {
    String text = text(300_000, 3); // more than one chunk
    Path file = folder.resolve("text.txt");
    Files.writeString(file, text);
    ByteLevelBpeTrainer trainer = new ByteLevelBpeTrainer(ByteLevelBpeTrainer.Options.of(300));
    Tokenizer fromFile = trainer.train(List.of(file));
    Tokenizer fromText = trainer.trainOnTexts(List.of(text));
    assertThat(fromFile.encode(text)).isEqualTo(fromText.encode(text));
    assertThat(fromFile.decode(fromFile.encode(text))).isEqualTo(text);
  }

  @Test
  void specialTokensComeFirstAndAreNamed() {
    Tokenizer tokenizer =
        new ByteLevelBpeTrainer(ByteLevelBpeTrainer.Options.of(300))
            .trainOnTexts(List.of("a b a b"));
    assertThat(tokenizer.eosId()).hasValue(0);
    assertThat(tokenizer.encode("<|endoftext|>a")).startsWith(0);
    assertThat(tokenizer.vocabSize()).isLessThan(300); // no pair is frequent enough
  }

  @Test
  void aVocabularySmallerThanTheBytesIsRefused() {
    assertThatThrownBy(() -> ByteLevelBpeTrainer.Options.of(100))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("got 100");
  }
}
