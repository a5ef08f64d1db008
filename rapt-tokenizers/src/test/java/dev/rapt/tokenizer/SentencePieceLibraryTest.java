package dev.rapt.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A SentencePiece file alone works as in the SentencePiece library. The models are small, trained
 * on a few words, some with scores rounded so that ties are common or with pieces marked as unused;
 * encodings were recorded with release 0.2.2.
 */
class SentencePieceLibraryTest {
  private static Path file(String name) {
    String place = "/sentencepiece/" + name;
    try {
      return Path.of(
          new URI(
              Objects.requireNonNull(SentencePieceLibraryTest.class.getResource(place), name)
                  .toString()));
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"unigram", "unigram_bytes", "unigram_suffix", "bpe", "bpe_unused", "char", "word"})
  void encodesAndDecodesAsTheLibrary(String name) {
    Tokenizer tokenizer = Tokenizer.load(file(name + ".model"));
    JsonNode recorded = JsonMapper.shared().readTree(file(name + ".json").toFile());
    assertThat(recorded.get("encode").size()).isGreaterThan(50);
    for (JsonNode text : recorded.get("encode")) {
      int[] ids = ints(text.get("ids"));
      Encoding encoding = tokenizer.encodeWithOffsets(text.get("text").asString());
      assertThat(tokenizer.encode(text.get("text").asString())).as(text.toString()).isEqualTo(ids);
      assertThat(encoding.ids()).as(text.toString()).isEqualTo(ids);
      int[] offsets = ints(text.get("offsets"));
      for (int i = 0; i < offsets.length / 2; i++) {
        assertThat(encoding.start(i)).as(text + " token " + i).isEqualTo(offsets[2 * i]);
        assertThat(encoding.end(i)).as(text + " token " + i).isEqualTo(offsets[2 * i + 1]);
      }
    }
    assertThat(recorded.get("decode").size()).isGreaterThan(30);
    for (JsonNode ids : recorded.get("decode")) {
      assertThat(tokenizer.decode(ints(ids.get("ids"))))
          .as(ids.toString())
          .isEqualTo(ids.get("text").asString());
    }
  }

  private static int[] ints(JsonNode array) {
    return array.valueStream().mapToInt(JsonNode::intValue).toArray();
  }
}
