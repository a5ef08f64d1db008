package dev.rapt.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;

/** Answers by the probabilities of their ends. */
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
}
