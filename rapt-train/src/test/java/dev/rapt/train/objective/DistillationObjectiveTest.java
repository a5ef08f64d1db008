package dev.rapt.train.objective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.rapt.model.CausalLm;
import dev.rapt.model.ModelWriter.TokenIds;
import dev.rapt.model.config.DecoderSizes;
import dev.rapt.model.decoder.Gpt2;
import dev.rapt.tensor.Scope;
import dev.rapt.train.TrainListener;
import dev.rapt.train.TrainOptions;
import dev.rapt.train.TrainOptions.PrecisionMode;
import dev.rapt.train.TrainedModel;
import dev.rapt.train.Trainer;
import dev.rapt.train.batch.RandomWindows;
import dev.rapt.train.batch.TokenBatch;
import dev.rapt.train.data.TokenDataset;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class DistillationObjectiveTest {
  private static CausalLm gpt2(int vocabulary, int width, long seed) {
    return CausalLm.create(
        Gpt2.Config.of(DecoderSizes.of(vocabulary, width, 1, 2, 2, 64, 16, true)), seed);
  }

  private static RandomWindows batches() {
    SplittableRandom random = new SplittableRandom(3);
    int[] tokens = random.ints(2000, 0, 24).toArray();
    return new RandomWindows(TokenDataset.of(tokens, 24, -1), 4, 16, 7, false);
  }

  private static double loss(CausalLm student, CausalLm teacher, float alpha) {
    TokenBatch batch = batches().batch(0);
    try (Scope scope = student.scope().child()) {
      Forward forward = Forward.evaluation(scope, batch.numTargets());
      return new DistillationObjective(student, teacher, 2, alpha).loss(batch, forward).getFloat(0);
    }
  }

  @Test
  void aModelHasNothingToLearnFromItselfButTheText() {
    try (CausalLm model = gpt2(24, 16, 1)) {
      assertThat(loss(model, model, 0)).isCloseTo(0, within(1e-6));
      TokenBatch batch = batches().batch(0);
      try (Scope scope = model.scope().child()) {
        Forward forward = Forward.evaluation(scope, batch.numTargets());
        double text = new CausalLmObjective(model).loss(batch, forward).getFloat(0);
        assertThat(loss(model, model, 0.25f)).isCloseTo(0.25 * text, within(1e-5));
      }
    }
  }

  @Test
  void aSmallerStudentComesCloserToItsTeacher() {
    try (CausalLm teacher = gpt2(24, 32, 2);
        CausalLm student = gpt2(24, 16, 1)) {
      List<Double> losses = new ArrayList<>();
      TrainOptions options =
          TrainOptions.builder(60)
              .precision(PrecisionMode.F32)
              .lr(1e-2)
              .evalEverySteps(0)
              .saveEveryMinutes(0)
              .build();
      Trainer.of(
              TrainedModel.fresh(student, TokenIds.NONE),
              new DistillationObjective(student, teacher, 2, 0),
              batches(),
              options)
          .listener(
              new TrainListener() {
                @Override
                public void onStep(StepMetrics step) {
                  losses.add(step.loss());
                }
              })
          .build()
          .run();
      assertThat(losses.getLast()).isLessThan(losses.getFirst() / 2);
    }
  }

  @Test
  void aTeacherWithOtherTokensIsRefused() {
    try (CausalLm teacher = gpt2(25, 16, 2);
        CausalLm student = gpt2(24, 16, 1)) {
      assertThatThrownBy(() -> new DistillationObjective(student, teacher, 2, 0))
          .hasMessageContaining(
              "teacher: must have the vocabulary of the student, 24 tokens, got 25");
      assertThatThrownBy(() -> new DistillationObjective(student, student, 0, 0))
          .hasMessageContaining("temperature and alpha: must be above 0 and at least 0");
    }
  }
}
