package dev.rapt.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class RetrievalScoreTest {
  /** Values of InformationRetrievalEvaluator of sentence-transformers 6.0.1 for these ranks. */
  @Test
  void measuresAreThoseOfTheReference() {
    RetrievalScore score = new RetrievalScore();
    score.add(1);
    score.add(3, 2, 14);
    score.add(11);
    assertThat(score.accuracyAt1()).isCloseTo(1 / 3.0, within(1e-12));
    assertThat(score.mrrAt10()).isCloseTo(0.5, within(1e-12));
    assertThat(score.ndcgAt10()).isCloseTo(0.5102404246590811, within(1e-12));
    assertThat(score.recallAt10()).isCloseTo(5 / 9.0, within(1e-12));
  }

  @Test
  void aQueryWithoutARelevantDocumentIsRefused() {
    assertThatThrownBy(() -> new RetrievalScore().add())
        .hasMessage("retrieval: a query must have a relevant document, got none");
  }
}
