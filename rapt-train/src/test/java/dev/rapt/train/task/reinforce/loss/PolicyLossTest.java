package dev.rapt.train.task.reinforce.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Losses of GRPO and PPO as functions of log-probabilities and values. */
class PolicyLossTest {
  private static final double STEP = 1e-6;
  private static final double TOLERANCE = 1e-7;
  private static final int[] STARTS = {0, 3, 5, 6};

  /** Log-probabilities whose ratios lie inside and on both sides of the clipping range. */
  private static final double[] LOG_PROBS = {-1, -2.5, -0.3, -1.7, -2.05, -0.9};

  private static final double[] BEFORE = {-1.02, -2, -0.8, -1.1, -2, -0.9};
  private static final double[] REFERENCE = {-1.3, -2.2, -0.2, -1.6, -2, -1.5};

  private static double[] part(double[] all, int s) {
    return Arrays.copyOfRange(all, STARTS[s], STARTS[s + 1]);
  }

  private static List<Episode> episodes(boolean countsLast) {
    double[] advantages = {0.7, 0.7, 0.7, -1.2, -1.2, 0.5};
    double[] values = {0.1, 0.2, -0.3, 0.5, 0.4, 0};
    double[] returns = {0.9, 0.3, 0.1, -0.2, 0.8, 1};
    return IntStream.range(0, 3)
        .mapToObj(s ->
            new Episode(
                new int[1 + STARTS[s + 1] - STARTS[s]],
                1,
                s < 2 || countsLast,
                part(advantages, s),
                part(BEFORE, s),
                part(REFERENCE, s),
                part(values, s),
                part(returns, s)))
        .toList();
  }

  private interface Loss {
    double at(double[] x, double[] gradient);
  }

  private static void requireDerivatives(Loss loss, double[] x) {
    double[] gradient = new double[x.length];
    loss.at(x, gradient);
    for (int i = 0; i < x.length; i++) {
      double[] moved = x.clone();
      moved[i] = x[i] + STEP;
      double higher = loss.at(moved, new double[x.length]);
      moved[i] = x[i] - STEP;
      double lower = loss.at(moved, new double[x.length]);
      assertThat(gradient[i])
          .as("derivative %d", i)
          .isCloseTo((higher - lower) / (2 * STEP), within(TOLERANCE));
    }
  }

  @ParameterizedTest
  @EnumSource(GrpoLoss.Kind.class)
  void derivativesOfGrpoAreThoseOfDifferences(GrpoLoss.Kind kind) {
    for (boolean corrects : List.of(true, false)) {
      GrpoLoss loss = new GrpoLoss(kind, 0.2, 0.28, 0.3, corrects, 8);
      requireDerivatives(
          (x, gradient) -> loss.apply(episodes(true), STARTS, 6, x, gradient), LOG_PROBS);
    }
  }

  @Test
  void derivativesOfPpoAreThoseOfDifferences() {
    PpoLoss loss = new PpoLoss(new ClippedRatio(0.2, 0.2), 0.4, 0.15);
    double[] x = Arrays.copyOf(LOG_PROBS, 12);
    double[] values = {0.12, 0.6, -0.2, 0.1, 0.45, 0.3};
    System.arraycopy(values, 0, x, 6, 6);
    requireDerivatives((y, gradient) -> loss.apply(episodes(true), STARTS, y, gradient), x);
  }

  @ParameterizedTest
  @EnumSource(GrpoLoss.Kind.class)
  void answersThatDoNotCountChangeNothing(GrpoLoss.Kind kind) {
    GrpoLoss loss = new GrpoLoss(kind, 0.2, 0.2, 0.3, true, 8);
    double[] gradient = new double[6];
    double sum = loss.apply(episodes(false), STARTS, 5, LOG_PROBS, gradient);
    double[] other = LOG_PROBS.clone();
    other[5] = -4;
    assertThat(loss.apply(episodes(false), STARTS, 5, other, new double[6])).isEqualTo(sum);
    assertThat(gradient[5]).isZero();
  }

  @ParameterizedTest
  @ValueSource(doubles = {1.15, 1.29, 0.9, 0.7})
  void theRatioIsClippedOnlyWhereTheSurrogateWouldGrow(double ratio) {
    ClippedRatio clipped = new ClippedRatio(0.2, 0.28);
    assertThat(clipped.term(Math.log(ratio), 0, 1).isClipped()).isEqualTo(ratio > 1.28);
    assertThat(clipped.term(Math.log(ratio), 0, -1).isClipped()).isEqualTo(ratio < 0.8);
  }

  @Test
  void drGrpoDoesNotFavourShortAnswers() {
    GrpoLoss loss = new GrpoLoss(GrpoLoss.Kind.DR_GRPO, 0.2, 0.2, 0, true, 8);
    double[] gradient = new double[6];
    List<Episode> plain =
        episodes(true).stream()
            .map(e ->
                new Episode(
                    e.ids(),
                    1,
                    true,
                    new double[] {1, 1, 1},
                    new double[0],
                    new double[0],
                    e.values(),
                    e.returns()))
            .toList();
    loss.apply(plain, STARTS, 6, LOG_PROBS, gradient);
    assertThat(gradient).containsOnly(-1.0 / (8 * 3));
  }

  @Test
  void unknownNamesAreRefused() {
    assertThatThrownBy(() -> GrpoLoss.Kind.named("dpo"))
        .hasMessage("--loss: must be grpo, bnpo, dr_grpo or dapo for the task grpo, got dpo");
    assertThatThrownBy(() -> GroupAdvantages.Scale.named("all"))
        .hasMessage("--scale-rewards: must be group, batch or none, got all");
  }
}
