package dev.rapt.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Added tokens that consist of white space and strip white space next to them. */
final class WhiteSpaceTokenTest {
  @TempDir Path folder;

  @Test
  void aTokenInsideStrippedWhiteSpaceIsDropped() throws IOException {
    assertEncoded(tokenizer(true, true), "(0, 1) (1, 4) (4, 5)", 0, 2, 1);
  }

  @Test
  void aTokenWithRstripKeepsItsOwnStart() throws IOException {
    assertEncoded(tokenizer(false, true), "(0, 1) (1, 4) (2, 4) (3, 4) (4, 5)", 0, 2, 2, 2, 1);
  }

  @Test
  void aTokenWithLstripMatchesNoEarlierWhiteSpace() throws IOException {
    assertEncoded(tokenizer(true, false), "(0, 1) (1, 2) (2, 3) (3, 4) (4, 5)", 0, 2, 2, 2, 1);
  }

  @Test
  void theFirstOfTokensWithEqualNormalisedFormWins() throws IOException {
    Path file = folder.resolve("tokenizer.json");
    Files.writeString(
        file,
        """
        {"version": "1.0", "normalizer": {"type": "Lowercase"}, "pre_tokenizer": null,
         "post_processor": null, "decoder": null, "added_tokens": [
           {"id": 2, "content": "x", "single_word": true, "lstrip": false, "rstrip": false,
            "normalized": true, "special": false},
           {"id": 3, "content": "X", "single_word": false, "lstrip": false, "rstrip": false,
            "normalized": true, "special": true}],
         "model": {"type": "WordLevel", "vocab": {"a": 0, "axa": 1}, "unk_token": "a"}}
        """);
    assertThat(Tokenizer.load(file).encode("aXa")).containsExactly(1);
  }

  private static void assertEncoded(Tokenizer tokenizer, String offsets, int... ids) {
    Encoding encoding = tokenizer.encodeWithOffsets("é\n\n\nb");
    assertThat(encoding.ids()).containsExactly(ids);
    assertThat(tokenizer.encode("é\n\n\nb")).containsExactly(ids);
    List<String> got = new ArrayList<>();
    for (int i = 0; i < encoding.size(); i++) {
      got.add("(%d, %d)".formatted(encoding.start(i), encoding.end(i)));
    }
    assertThat(String.join(" ", got)).isEqualTo(offsets);
  }

  private Tokenizer tokenizer(boolean left, boolean right) throws IOException {
    Path file = folder.resolve("tokenizer.json");
    Files.writeString(
        file,
        """
        {"version": "1.0", "normalizer": null, "pre_tokenizer": null, "post_processor": null,
         "decoder": null, "added_tokens": [{"id": 2, "content": "\\n", "single_word": false,
           "lstrip": %s, "rstrip": %s, "normalized": false, "special": false}],
         "model": {"type": "WordLevel", "vocab": {"é": 0, "b": 1}, "unk_token": "b"}}
        """
            .formatted(left, right));
    return Tokenizer.load(file);
  }
}
