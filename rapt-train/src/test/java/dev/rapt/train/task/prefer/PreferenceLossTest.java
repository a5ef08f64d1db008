package dev.rapt.train.task.prefer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Losses of preferences as functions of log-probabilities. */
class PreferenceLossTest {
  private static final double STEP = 1e-5;
  private static final double TOLERANCE = 1e-7;

  private static PreferenceLoss loss(PreferenceLoss.Kind kind, double smoothing) {
    return new PreferenceLoss(kind, 0.7, 0.4, smoothing, 1.5, 0.5);
  }

  private static PreferenceLoss.PairTerm pair(PreferenceLoss loss, double chosen, double rejected) {
    return loss.pair(new Scored(chosen, -8, 4), new Scored(rejected, -5, 3));
  }

  @ParameterizedTest
  @EnumSource(value = PreferenceLoss.Kind.class, names = "KTO", mode = EnumSource.Mode.EXCLUDE)
  void derivativesOfPairsAreThoseOfDifferences(PreferenceLoss.Kind kind) {
    PreferenceLoss loss = loss(kind, kind == PreferenceLoss.Kind.IPO ? 0 : 0.2);
    double c = -6.5;
    double r = -7.25;
    double dC = (pair(loss, c + STEP, r).loss() - pair(loss, c - STEP, r).loss()) / (2 * STEP);
    double dR = (pair(loss, c, r + STEP).loss() - pair(loss, c, r - STEP).loss()) / (2 * STEP);
    assertThat(pair(loss, c, r).dChosen()).isCloseTo(dC, within(TOLERANCE));
    assertThat(pair(loss, c, r).dRejected()).isCloseTo(dR, within(TOLERANCE));
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void derivativeOfASingleAnswerIsThatOfDifferences(boolean isDesirable) {
    PreferenceLoss loss = loss(PreferenceLoss.Kind.KTO, 0);
    double higher = loss.single(new Scored(-6 + STEP, -7, 3), isDesirable, 0.3).loss();
    double lower = loss.single(new Scored(-6 - STEP, -7, 3), isDesirable, 0.3).loss();
    assertThat(loss.single(new Scored(-6, -7, 3), isDesirable, 0.3).dLogProb())
        .isCloseTo((higher - lower) / (2 * STEP), within(TOLERANCE));
  }

  @Test
  void dpoOfTheReferenceIsTheLogarithmOfTwo() {
    assertThat(pair(loss(PreferenceLoss.Kind.DPO, 0), -8, -5).loss())
        .isCloseTo(Math.log(2), within(1e-12));
  }

  @Test
  void smoothedDpoIsAMixtureOfBothOrders() {
    PreferenceLoss plain = loss(PreferenceLoss.Kind.DPO, 0);
    Scored first = new Scored(-6, -8, 4);
    Scored second = new Scored(-7, -5, 3);
    double mixed = 0.9 * plain.pair(first, second).loss() + 0.1 * plain.pair(second, first).loss();
    assertThat(loss(PreferenceLoss.Kind.DPO, 0.1).pair(first, second).loss())
        .isCloseTo(mixed, within(1e-12));
  }

  /** The expected loss over labels of which a share is flipped is that of the true labels. */
  @Test
  void robustDpoIsUnbiasedByFlippedLabels() {
    PreferenceLoss robust = loss(PreferenceLoss.Kind.ROBUST, 0.1);
    Scored first = new Scored(-6, -8, 4);
    Scored second = new Scored(-7, -5, 3);
    double expected =
        0.9 * robust.pair(first, second).loss() + 0.1 * robust.pair(second, first).loss();
    assertThat(expected)
        .isCloseTo(loss(PreferenceLoss.Kind.DPO, 0).pair(first, second).loss(), within(1e-12));
  }

  @Test
  void largeDifferencesStayFinite() {
    for (PreferenceLoss.Kind kind : PreferenceLoss.Kind.values()) {
      if (kind != PreferenceLoss.Kind.KTO) {
        PreferenceLoss.PairTerm term = pair(loss(kind, 0), -1e5, -1e-3);
        assertThat(term.loss()).isFinite().isPositive();
        assertThat(term.dChosen()).isFinite().isNegative();
      }
    }
  }

  @Test
  void unknownLossIsRefused() {
    assertThatThrownBy(() -> PreferenceLoss.Kind.named("ppo"))
        .hasMessage(
            "--loss: must be one of dpo, robust, ipo, kto, orpo, simpo for the task prefer, got ppo");
  }
}
