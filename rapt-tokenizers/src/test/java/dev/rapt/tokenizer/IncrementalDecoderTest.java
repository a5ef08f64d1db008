package dev.rapt.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

final class IncrementalDecoderTest {
  private static String streamed(Tokenizer tokenizer, int[] ids, boolean skipSpecial) {
    IncrementalDecoder decoder = tokenizer.incrementalDecoder(skipSpecial);
    StringBuilder text = new StringBuilder();
    for (int id : ids) {
      text.append(decoder.next(id));
    }
    return text.append(decoder.finish()).toString();
  }

  @Test
  void decodingTokenByTokenEqualsDecodingAtOnce() throws IOException {
    for (Path folder : RecordedFolders.tokenizerFolders()) {
      Tokenizer tokenizer = Tokenizer.load(folder);
      JsonNode encode = RecordedFolders.cases(folder).get("encode");
      assertThat(encode.size()).isPositive();
      for (JsonNode item : encode) {
        int[] ids =
            item.get("ids_without_special").valueStream().mapToInt(JsonNode::intValue).toArray();
        assertThat(streamed(tokenizer, ids, true))
            .as(folder + " " + item.get("text"))
            .isEqualTo(tokenizer.decode(ids, true));
      }
    }
  }

  @Test
  void randomByteLevelIdsDecodeAsAtOnce() {
    Tokenizer tokenizer =
        Tokenizer.load(RecordedFolders.small().resolve("tokenizers/gpt2_byte_bpe"));
    Random random = new Random(5);
    for (int round = 0; round < 500; round++) {
      int[] ids = random.ints(12, 0, tokenizer.vocabSize()).toArray();
      assertThat(streamed(tokenizer, ids, false)).isEqualTo(tokenizer.decode(ids));
    }
  }

  @Test
  void anIncompleteCharacterIsHeldBack() {
    Tokenizer tokenizer =
        Tokenizer.load(RecordedFolders.small().resolve("tokenizers/gpt2_byte_bpe"));
    int[] ids = tokenizer.encode("\u265E");
    assertThat(ids).hasSizeGreaterThan(1);
    IncrementalDecoder decoder = tokenizer.incrementalDecoder(false);
    for (int i = 0; i < ids.length - 1; i++) {
      assertThat(decoder.next(ids[i])).isEmpty();
    }
    assertThat(decoder.next(ids[ids.length - 1])).isEqualTo("\u265E");
    assertThat(decoder.finish()).isEmpty();
  }
}
