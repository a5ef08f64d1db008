package dev.rapt.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;

/** AnswerSpans by the probabilities of their ends, and words that belong together. */
class AnswerSpansTest {
  @Test
  void theBestSpanDoesNotEndBeforeItStarts() {
    boolean[] allowed = {false, true, true, true};
    double[] starts = {0, 0.1, 0.2, 0.7};
    double[] ends = {0, 0.6, 0.3, 0.1};
    List<AnswerSpans.Span> best = AnswerSpans.best(starts, ends, allowed, 3, 2);
    assertThat(best.getFirst()).isEqualTo(new AnswerSpans.Span(3, 3, 0.7 * 0.1));
    assertThat(best.get(1).score()).isCloseTo(0.06, within(1e-12));
  }

  @Test
  void spansHaveAtMostTheGivenLength() {
    boolean[] allowed = {true, true, true};
    double[] starts = {1, 0, 0};
    double[] ends = {0.1, 0, 0.9};
    assertThat(AnswerSpans.best(starts, ends, allowed, 2, 1).getFirst().last()).isZero();
  }

  @Test
  void tokensOutsideTheTextHaveProbabilityZero() {
    double[] shares =
        AnswerSpans.probabilities(new float[] {0, 5, 0}, new boolean[] {false, false, true});
    assertThat(shares).containsExactly(0.5, 0, 0.5);
  }

  @Test
  void consecutiveWordsOfOneClassAreOneSpan() {
    String text = "Ada Lovelace London";
    List<Tagger.Token> tokens =
        List.of(
            new Tagger.Token("[CLS]", 0, 0, -1, "O", 1),
            new Tagger.Token("Ada", 0, 3, 0, "B-PER", 0.5),
            new Tagger.Token("Love", 4, 8, 1, "I-PER", 0.7),
            new Tagger.Token("##lace", 8, 12, 1, "O", 0.9),
            new Tagger.Token("London", 13, 19, 2, "B-LOC", 0.8));
    List<Tagger.Span> spans = Tagger.spans(text, tokens);
    assertThat(spans).hasSize(2);
    assertThat(spans.getFirst().text()).isEqualTo("Ada Lovelace");
    assertThat(spans.getFirst().score()).isCloseTo(0.6, within(1e-12));
    assertThat(spans.get(1)).isEqualTo(new Tagger.Span("LOC", "London", 13, 19, 0.8));
  }
}
