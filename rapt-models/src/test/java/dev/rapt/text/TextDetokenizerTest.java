package dev.rapt.text;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rapt.generate.search.Detokenizer;
import dev.rapt.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class TextDetokenizerTest {
  private static final String STRIPPING = // as the tokenizers of Llama 2 and Mistral decode
      """
      {"added_tokens": [{"id": 0, "content": "<s>", "single_word": false, "lstrip": false,
          "rstrip": false, "normalized": false, "special": true}],
        "normalizer": null, "pre_tokenizer": null, "post_processor": null,
        "decoder": {"type": "Sequence", "decoders": [
          {"type": "Replace", "pattern": {"String": "\u2581"}, "content": " "},
          {"type": "ByteFallback"}, {"type": "Fuse"},
          {"type": "Strip", "content": " ", "start": 1, "stop": 0}]},
        "model": {"type": "BPE", "merges": [], "vocab": {"<s>": 0, "\u2581Hello": 1,
          "\u2581world": 2, "!": 3, "<0xE4>": 4, "<0xB8>": 5, "<0xAD>": 6, "\u2581": 7}}}
      """;

  @TempDir private Path folder;
  private Tokenizer tokenizer;

  @BeforeEach
  void load() throws IOException {
    tokenizer = Tokenizer.load(Files.writeString(folder.resolve("tokenizer.json"), STRIPPING));
  }

  private String continuation(int[] prompt, int... ids) {
    Detokenizer detokenizer = TextDetokenizer.of(tokenizer).open(prompt);
    StringBuilder text = new StringBuilder();
    for (int id : ids) {
      text.append(detokenizer.append(id));
    }
    return text.append(detokenizer.finish()).toString();
  }

  @Test
  void theSpaceBeforeTheFirstNewWordIsKept() {
    assertThat(continuation(new int[] {0, 1}, 2, 3)).isEqualTo(" world!");
    assertThat(continuation(new int[] {0}, 1, 2)).isEqualTo("Hello world");
    assertThat(continuation(new int[0], 1)).isEqualTo("Hello");
  }

  @Test
  void aCharacterThatThePromptBeginsIsNewTextWhenItIsComplete() {
    assertThat(continuation(new int[] {1, 4, 5}, 6, 3)).isEqualTo("\u4e2d!");
    assertThat(continuation(new int[] {1, 4, 5}, 3)).isEqualTo("!");
  }

  @Test
  void aContinuationIsTheWholeTextWithoutThatOfThePrompt() {
    Random random = new Random(3);
    for (int round = 0; round < 2000; round++) {
      int[] ids = random.ints(8, 0, 8).toArray();
      int split = random.nextInt(8);
      String all = tokenizer.decode(ids, true);
      int[] prompt = Arrays.copyOf(ids, split);
      String before = tokenizer.decode(prompt, true);
      int common = 0;
      while (common < Math.min(all.length(), before.length())
          && all.charAt(common) == before.charAt(common)) {
        common++;
      }
      assertThat(continuation(prompt, Arrays.copyOfRange(ids, split, 8)))
          .as(Arrays.toString(ids) + " at " + split)
          .isEqualTo(all.substring(common));
    }
  }
}
