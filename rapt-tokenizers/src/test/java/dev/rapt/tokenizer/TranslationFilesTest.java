package dev.rapt.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Tokenizers of models that translate, from the files in which they are published. The models are
 * small ones, trained on a few words; what the reference makes of texts was recorded with
 * transformers 5.
 */
class TranslationFilesTest {
  private static Path folder(String name) {
    try {
      return Path.of(
          new URI(
              Objects.requireNonNull(
                      TranslationFilesTest.class.getResource("/translation/" + name), name)
                  .toString()));
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"marian", "m2m100", "m2m100_unigram", "mbart", "mbart50"})
  void textsBecomeTheRecordedIdsAndBack(String name) {
    Tokenizer tokenizer = Tokenizer.load(folder(name));
    JsonNode recorded =
        JsonMapper.shared().readTree(folder(name).resolve("recorded.json").toFile());
    assertThat(recorded.get("encode").size()).isGreaterThan(8);
    for (JsonNode text : recorded.get("encode")) {
      int[] ids = JsonMapper.shared().treeToValue(text.get("ids"), int[].class);
      assertThat(tokenizer.encode(text.get("text").asString())).as(text.toString()).isEqualTo(ids);
      assertThat(tokenizer.decode(ids, true).strip())
          .as(text.toString())
          .isEqualTo(text.get("decoded").asString().strip());
    }
    recorded
        .get("languages")
        .properties()
        .forEach(language ->
            assertThat(tokenizer.tokenToId(language.getKey()))
                .hasValue(language.getValue().asInt()));
  }

  /** The reference of today does not give languages their ids from the model alone. */
  @Test
  void languagesOfNllbComeBehindThePieces() {
    Tokenizer tokenizer = Tokenizer.load(folder("nllb"));
    JsonNode recorded =
        JsonMapper.shared().readTree(folder("nllb").resolve("recorded.json").toFile());
    int first = tokenizer.tokenToId("ace_Arab").orElseThrow();
    assertThat(tokenizer.tokenToId("zul_Latn")).hasValue(first + 201);
    assertThat(tokenizer.tokenToId("<mask>")).hasValue(first + 202);
    assertThat(tokenizer.vocabSize()).isEqualTo(first + 203);
    for (JsonNode text : recorded.get("encode")) {
      int[] ids = JsonMapper.shared().treeToValue(text.get("ids"), int[].class);
      ids[0] = tokenizer.tokenToId("eng_Latn").orElseThrow();
      assertThat(tokenizer.encode(text.get("text").asString())).as(text.toString()).isEqualTo(ids);
    }
  }

  @Test
  void piecesWithIdsOfAnotherFileHaveNoTokenizerJson(@TempDir Path out) {
    assertThatThrownBy(() -> Tokenizer.load(folder("marian")).save(out.resolve("tokenizer.json")))
        .hasMessageContaining("copy the files of the tokenizer");
  }
}
