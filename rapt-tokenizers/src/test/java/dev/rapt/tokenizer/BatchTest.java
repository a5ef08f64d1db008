package dev.rapt.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Batches of texts and of pairs. */
final class BatchTest {
  private final Tokenizer tokenizer =
      Tokenizer.load(RecordedFolders.small().resolve("tokenizers/llama3_bpe"));

  @Test
  void pairsArePaddedTogetherAndHaveSequenceIds() {
    EncodeOptions options = EncodeOptions.DEFAULT.withPadding(tokenizer.padding());
    List<String> questions = List.of("a", "what is it, then?");
    List<String> contexts = List.of("b c", "d");
    List<Encoding> batch = tokenizer.encodePairs(questions, contexts, options);
    assertThat(batch.get(0).size()).isEqualTo(batch.get(1).size());
    for (int i = 0; i < 2; i++) {
      Encoding alone =
          tokenizer.encodePair(questions.get(i), contexts.get(i), EncodeOptions.DEFAULT);
      assertThat(alone.size()).isGreaterThan(2);
      assertThat(batch.get(i).ids()).startsWith(alone.ids());
      int[] texts = batch.get(i).sequenceIds();
      for (int t = 0; t < batch.get(i).size(); t++) {
        boolean isPadding = t >= alone.size();
        assertThat(batch.get(i).attentionMask()[t]).isEqualTo(isPadding ? 0 : 1);
        if (texts[t] >= 0) {
          String source = texts[t] == 0 ? questions.get(i) : contexts.get(i);
          assertThat(batch.get(i).end(t)).isLessThanOrEqualTo(source.length());
        } else {
          assertThat(batch.get(i).specialTokensMask()[t]).isEqualTo(1);
        }
      }
    }
  }

  @Test
  void batchesEqualSingleEncodings() {
    List<String> texts =
        IntStream.range(0, 500).mapToObj(i -> "text " + i + " 中é".repeat(i % 7)).toList();
    List<int[]> all = tokenizer.encodeAll(texts);
    List<Encoding> batch = tokenizer.encodeBatch(texts, EncodeOptions.DEFAULT);
    assertThat(all).hasSameSizeAs(texts);
    for (int i = 0; i < texts.size(); i++) {
      assertThat(all.get(i)).isNotEmpty();
      assertThat(all.get(i)).isEqualTo(tokenizer.encode(texts.get(i)));
      assertThat(batch.get(i).ids()).isEqualTo(all.get(i));
    }
  }

  @Test
  void pairsOfUnequalLengthAreRefused() {
    assertThatThrownBy(
            () -> tokenizer.encodePairs(List.of("a"), List.of("b", "c"), EncodeOptions.DEFAULT))
        .hasMessageContaining("as many");
  }
}
