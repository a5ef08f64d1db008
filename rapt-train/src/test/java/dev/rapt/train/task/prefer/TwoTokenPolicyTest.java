package dev.rapt.train.task.prefer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.rapt.model.CausalLm;
import dev.rapt.model.ModelWriter.TokenIds;
import dev.rapt.model.config.DecoderSizes;
import dev.rapt.model.decoder.Llama;
import dev.rapt.tensor.Scope;
import dev.rapt.train.TrainOptions;
import dev.rapt.train.TrainOptions.PrecisionMode;
import dev.rapt.train.TrainStep;
import dev.rapt.train.TrainedModel;
import dev.rapt.train.optim.AdamW;
import dev.rapt.train.task.completion.Answer;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/**
 * A model that answers with one of two tokens, of which the first is preferred by a known share of
 * judges. The optimum has a closed form: what the model must do is known.
 */
class TwoTokenPolicyTest {
  private static final Answer FIRST = new Answer(new int[] {0, 1}, 1);
  private static final Answer SECOND = new Answer(new int[] {0, 2}, 1);
  private static final double BETA = 0.5;
  private static final double TOLERANCE = 0.01;

  /** Returns how far training moves log pi(first) - log pi(second). */
  private static double moved(
      PreferenceLoss.Kind kind, double smoothing, int agreeing, int disagreeing) {
    PreferenceLoss loss = new PreferenceLoss(kind, BETA, 0, smoothing, 1, 1);
    DecoderSizes sizes = DecoderSizes.of(3, 8, 1, 1, 1, 16, 4, false);
    try (CausalLm model = CausalLm.create(Llama.Config.of(sizes), 3)) {
      PreferenceObjective objective = new PreferenceObjective(model, loss);
      double[] before = logProbs(objective);
      List<PreferenceRow> rows = new ArrayList<>();
      IntStream.range(0, agreeing).forEach(_ -> rows.add(row(FIRST, SECOND, before[0], before[1])));
      IntStream.range(0, disagreeing)
          .forEach(_ -> rows.add(row(SECOND, FIRST, before[1], before[0])));
      TrainOptions options = TrainOptions.builder(400).precision(PrecisionMode.F32).build();
      TrainedModel trained = TrainedModel.fresh(model, TokenIds.NONE);
      AdamW.Options adamW = AdamW.Options.defaults().withWeightDecay(0);
      try (AdamW optimizer = new AdamW(trained.parameters().trained(), adamW);
          TrainStep<PreferenceBatch> update =
              new TrainStep<>(trained, objective, optimizer, options)) {
        for (int step = 0; step < 400; step++) {
          update.run(List.of(new PreferenceBatch(rows)), step, step < 200 ? 1e-2 : 1e-3);
        }
      }
      double[] after = logProbs(objective);
      return after[0] - after[1] - (before[0] - before[1]);
    }
  }

  private static PreferenceRow row(Answer chosen, Answer rejected, double ofChosen, double other) {
    return PreferenceRow.ofPair(chosen, rejected).withReference(ofChosen, other);
  }

  private static double[] logProbs(PreferenceObjective objective) {
    try (Scope scope = objective.model().scope().child()) {
      PreferenceBatch batch = new PreferenceBatch(List.of(PreferenceRow.ofPair(FIRST, SECOND)));
      return objective.measure(batch, scope).scores().stream()
          .mapToDouble(Scored::logProb)
          .toArray();
    }
  }

  /** DPO's optimum makes sigmoid(beta difference) the share: the policy of RLHF, equation 4. */
  @Test
  void dpoMovesTheLogRatioToTheLogOddsOfTheJudgesOverBeta() {
    assertThat(moved(PreferenceLoss.Kind.DPO, 0, 3, 1))
        .isCloseTo(Math.log(3) / BETA, within(TOLERANCE));
  }

  @Test
  void smoothedDpoMovesTheLogRatioToTheLogOddsOfTheSmoothing() {
    assertThat(moved(PreferenceLoss.Kind.DPO, 0.2, 1, 0))
        .isCloseTo(Math.log(4) / BETA, within(TOLERANCE));
  }

  @Test
  void ipoMovesTheLogRatioToHalfOverBeta() {
    assertThat(moved(PreferenceLoss.Kind.IPO, 0, 1, 0)).isCloseTo(0.5 / BETA, within(TOLERANCE));
  }

  /** With judges of whom a quarter disagrees, the regression of IPO has its mean as optimum. */
  @Test
  void ipoMovesTheLogRatioByTheMeanOfTheJudges() {
    assertThat(moved(PreferenceLoss.Kind.IPO, 0, 3, 1))
        .isCloseTo(0.5 * 0.5 / BETA, within(TOLERANCE));
  }
}
