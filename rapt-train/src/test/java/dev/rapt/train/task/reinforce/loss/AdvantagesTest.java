package dev.rapt.train.task.reinforce.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Advantages of answers over others, and of tokens over predicted values. */
class AdvantagesTest {
  private static final double TOLERANCE = 1e-9;

  /** The sum of discounted errors of prediction, as the paper defines it. */
  private static double[] scalar(double gamma, double lambda, double[] rewards, double[] values) {
    double[] advantages = new double[rewards.length];
    for (int t = 0; t < rewards.length; t++) {
      for (int l = 0; t + l < rewards.length; l++) {
        double next = t + l + 1 < values.length ? values[t + l + 1] : 0;
        double error = rewards[t + l] + gamma * next - values[t + l];
        advantages[t] += Math.pow(gamma * lambda, l) * error;
      }
    }
    return advantages;
  }

  @ParameterizedTest
  @CsvSource({"1, 0.95", "0.9, 0.8", "1, 1", "0.5, 0"})
  void estimatesAreDiscountedSumsOfErrors(double gamma, double lambda) {
    SplittableRandom random = new SplittableRandom(3);
    for (int n : new int[] {1, 2, 7, 40}) {
      double[] rewards = random.doubles(n, -1, 1).toArray();
      double[] values = random.doubles(n, -1, 1).toArray();
      assertThat(new AdvantageEstimate(gamma, lambda).advantages(rewards, values))
          .containsExactly(scalar(gamma, lambda, rewards, values), within(TOLERANCE));
    }
  }

  /** With lambda 1 the value of the first state is all that is subtracted from the return. */
  @Test
  void withLambda1AdvantagesAreReturnsLessValues() {
    double[] advantages =
        new AdvantageEstimate(1, 1)
            .advantages(new double[] {0, 0.5, 1}, new double[] {0.2, 0.3, 0.4});
    assertThat(advantages).containsExactly(new double[] {1.3, 1.2, 0.6}, within(TOLERANCE));
  }

  @Test
  void whitenedValuesHaveDeviation1() {
    List<double[]> values = List.of(new double[] {1, 2}, new double[] {5}, new double[] {-3, 0});
    double[] white = flat(AdvantageEstimate.whitened(values, true));
    assertThat(GroupAdvantages.mean(white)).isCloseTo(0, within(TOLERANCE));
    assertThat(GroupAdvantages.deviation(white)).isCloseTo(1, within(1e-6));
    double[] kept = flat(AdvantageEstimate.whitened(values, false));
    assertThat(GroupAdvantages.mean(kept)).isCloseTo(1, within(TOLERANCE));
  }

  private static double[] flat(List<double[]> values) {
    return values.stream().flatMapToDouble(Arrays::stream).toArray();
  }

  @Test
  void advantagesOfAGroupAreDividedAsWanted() {
    List<double[]> rewards = List.of(new double[] {1, 0, 0, 1}, new double[] {4, 4, 4, 4});
    double ofGroup = Math.sqrt(1.0 / 3) + 1e-4;
    double ofBatch = GroupAdvantages.deviation(new double[] {1, 0, 0, 1, 4, 4, 4, 4}) + 1e-4;
    assertThat(first(rewards, GroupAdvantages.Scale.NONE)).isEqualTo(0.5);
    assertThat(first(rewards, GroupAdvantages.Scale.GROUP))
        .isCloseTo(0.5 / ofGroup, within(TOLERANCE));
    assertThat(first(rewards, GroupAdvantages.Scale.BATCH))
        .isCloseTo(0.5 / ofBatch, within(TOLERANCE));
    for (GroupAdvantages.Scale scale : GroupAdvantages.Scale.values()) {
      assertThat(GroupAdvantages.of(rewards, scale).get(1)).containsOnly(0);
    }
  }

  private static double first(List<double[]> rewards, GroupAdvantages.Scale scale) {
    return GroupAdvantages.of(rewards, scale).getFirst()[0];
  }
}
