package dev.rapt.train.task.token;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rapt.tokenizer.Tokenizer;
import dev.rapt.train.finetune.TinyEncoder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WordAlignmentTest {
  @TempDir private Path folder;

  /**
   * Bytes as tokens, of which that of the space is empty: as RoBERTa's tokenizer, without merges.
   */
  private Tokenizer bytes() throws IOException {
    Path file =
        Files.writeString(
            folder.resolve("tokenizer.json"),
            """
            {"version": "1.0", "truncation": null, "padding": null, "added_tokens": [],
             "normalizer": null,
             "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true},
             "post_processor": {"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true},
             "decoder": null,
             "model": {"type": "BPE", "vocab": {"Ġ": 0, "a": 1, "b": 2, "Ã": 3, "¼": 4},
                       "merges": []}}
            """);
    return Tokenizer.load(file);
  }

  @Test
  void aTokenOfASpaceAloneBeginsTheWordBehindIt() throws IOException {
    WordAlignment words = WordAlignment.of(bytes(), List.of("a", "bb", "ü"), 100);
    assertThat(words.windows().getFirst().ids()).containsExactly(0, 1, 0, 2, 2, 0, 3, 4);
    assertThat(words.firstTokens().getFirst()).containsExactly(0, -1, 1, -1, -1, 2, -1, -1);
  }

  @Test
  void eachWordBeginsInOneWindowOnly() throws IOException {
    WordAlignment words = WordAlignment.of(bytes(), List.of("ab", "bbbb", "a"), 4);
    assertThat(words.firstTokens())
        .containsExactly(new int[] {0, -1, -1, 1}, new int[] {-1, -1, -1, -1}, new int[] {2, -1});
  }

  @Test
  void wordsThatTheTokenizerDropsBeginNothing() throws IOException {
    Tokenizer words = Tokenizer.load(TinyEncoder.write(folder.resolve("words")));
    WordAlignment aligned = WordAlignment.of(words, List.of("good", "", "bad"), 100);
    assertThat(aligned.firstTokens().getFirst()).containsExactly(-1, 0, 2, -1);
  }
}
