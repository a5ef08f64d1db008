package dev.rapt.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Tokenizers of translation models, from the files in which they are published. The models are
 * small, trained on a few words; encodings were recorded with transformers 5.
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
  void encodesAndDecodesAsRecorded(String name) {
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

  /** The current reference does not derive language ids from the model file alone. */
  @Test
  void nllbLanguagesFollowThePieces() {
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
  void marianMayHaveAVocabularyForEachLanguage(@TempDir Path both) throws IOException {
    Path joint = folder("marian");
    for (String name : List.of("source.spm", "target.spm", "vocab.json")) {
      Files.copy(joint.resolve(name), both.resolve(name));
    }
    Files.writeString(both.resolve("tokenizer_config.json"), "{\"separate_vocabs\": true}");
    ObjectNode source =
        (ObjectNode) JsonMapper.shared().readTree(joint.resolve("vocab.json").toFile());
    ObjectNode target = source.objectNode();
    source
        .properties()
        .forEach(e -> target.put(e.getKey(), source.size() - 1 - e.getValue().asInt()));
    Files.writeString(both.resolve("target_vocab.json"), target.toString());
    int[] ids = Tokenizer.load(joint).encode("the house by the sea");
    assertThat(Tokenizer.load(both).encode("the house by the sea")).isEqualTo(ids);
    int[] reversed = Arrays.stream(ids).map(id -> source.size() - 1 - id).toArray();
    assertThat(Tokenizer.loadTarget(both).decode(reversed, true))
        .isEqualTo(Tokenizer.load(joint).decode(ids, true));
    assertThat(Tokenizer.loadTarget(joint).decode(ids, true))
        .isEqualTo(Tokenizer.load(joint).decode(ids, true));
  }

  @Test
  void aModelWithIdsInVocabJsonCannotBeSavedAsTokenizerJson(@TempDir Path out) {
    assertThatThrownBy(() -> Tokenizer.load(folder("marian")).save(out.resolve("tokenizer.json")))
        .hasMessageContaining("copy the files of the tokenizer");
  }
}
