package dev.rapt.generate.logits;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Penalties for tokens that were generated. */
final class PenaltyProcessorsTest {
  @Test
  void forbiddenEndTokensStayForbidden() {
    float[] scores = {1, Float.NEGATIVE_INFINITY, -2};
    new PenaltyProcessors.ExponentialDecay(1, 2, new int[] {1, 2}).process(new int[3], 3, scores);
    assertThat(scores).containsExactly(1, Float.NEGATIVE_INFINITY, 4);
  }
}
