package dev.rapt.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.rapt.golden.Golden;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

/** Scores and order are those of the reference's CrossEncoder. */
class RerankerTest {
  /** Rounding of tiny models in f32. */
  private static final double TOLERANCE = 1e-5;

  @TempDir private Path folder;

  static IntStream cases() {
    return IntStream.range(0, SentenceCases.all().get("ranks").size());
  }

  @ParameterizedTest
  @MethodSource("cases")
  void scoresAreThoseOfTheReference(int index) throws IOException {
    JsonNode recorded = SentenceCases.all().get("ranks").get(index);
    SentenceCases.copyTransformer("reranker", folder);
    SentenceCases.change(recorded.get("changes"), folder);
    try (Reranker model = Reranker.load(folder)) {
      List<Reranker.Ranked> ranked =
          model.rank(recorded.get("query").stringValue(), SentenceCases.texts(recorded));
      assertThat(ranked).hasSize(recorded.get("ranked").size()).isNotEmpty();
      for (int i = 0; i < ranked.size(); i++) {
        JsonNode want = recorded.get("ranked").get(i);
        assertThat(ranked.get(i).index()).isEqualTo(want.get("index").intValue());
        assertThat((double) ranked.get(i).score())
            .isCloseTo(want.get("score").doubleValue(), within(TOLERANCE));
      }
    }
  }

  @Test
  void aClassifierOfSeveralClassesIsRefused() {
    assertThatThrownBy(() -> Reranker.load(Golden.copy("e2e/bert_classify")))
        .hasMessageContaining("id2label must have one label for a reranker, got 3");
  }

  @Test
  void equalScoresKeepTheirOrder() throws IOException {
    SentenceCases.copyTransformer("reranker", folder);
    try (Reranker model = Reranker.load(folder)) {
      assertThat(model.rank("cat", List.of("the", "the", "the")))
          .extracting(Reranker.Ranked::index)
          .containsExactly(0, 1, 2);
      assertThat(model.rank("cat", List.of())).isEmpty();
    }
  }
}
