package dev.rapt.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.rapt.autograd.Gradients;
import dev.rapt.autograd.Tape;
import dev.rapt.autograd.loss.Losses;
import dev.rapt.golden.Golden;
import dev.rapt.model.config.DecoderSizes;
import dev.rapt.model.decoder.Gpt2;
import dev.rapt.nn.Parameter;
import dev.rapt.nn.Pass;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import org.junit.jupiter.api.Test;

class DistillationTest {
  private static final int[] IDS = {1, 5, 7, 3};
  private static final int[] TARGETS = {5, 7, -100, 2};

  private static CausalLm gpt2(int width, long seed) {
    return CausalLm.create(Gpt2.Config.of(DecoderSizes.of(24, width, 2, 2, 2, 64, 16, true)), seed);
  }

  @Test
  void aStudentLearnsFromATeacherOfAnotherWidth() {
    try (CausalLm student = gpt2(16, 1);
        CausalLm teacher = gpt2(32, 2);
        Tape tape = Tape.open(student.scope());
        Scope inside = teacher.scope().child()) {
      student.parameters().track();
      Tensor ids = tape.ints(IDS, 1, 4);
      Tensor targets = tape.ints(TARGETS, 1, 4);
      Tensor teacherIds = inside.ints(IDS, 1, 4);
      Tensor teacherHidden = teacher.hidden(teacherIds, Pass.over(teacherIds).build());
      Tensor hidden = student.hidden(ids, Pass.over(ids).build());
      Tensor loss = student.distillation(hidden, teacher, teacherHidden, targets, 2, 6);
      Tensor apart =
          Losses.distillation(student.logits(hidden), teacher.logits(teacherHidden), targets, 2, 6);
      assertThat(loss.getFloat(0)).isPositive().isCloseTo(apart.getFloat(0), within(1e-6f));
      Gradients gradients = new Gradients(tape);
      tape.backward(loss, gradients);
      for (Parameter parameter : student.parameters()) {
        assertThat(gradients.of(parameter.value())).as(parameter.name()).isNotNull();
      }
    }
  }

  @Test
  void aMaskedModelHasNoLossTowardsItself() {
    try (MaskedLm model = MaskedLm.load(Golden.copy("bert/mlm"));
        Scope scope = model.scope().child()) {
      Tensor ids = scope.ints(IDS, 1, 4);
      Tensor hidden = model.hidden(ids, model.pass(ids, new int[] {4}).build());
      Tensor targets = scope.ints(TARGETS, 1, 4);
      assertThat(model.distillation(hidden, model, hidden, targets, 2, 0).getFloat(0)).isZero();
    }
  }

  @Test
  void smoothedLossIsThatOfTheLogits() {
    try (CausalLm model = gpt2(16, 1);
        Scope scope = model.scope().child()) {
      Tensor ids = scope.ints(IDS, 1, 4);
      Tensor targets = scope.ints(TARGETS, 1, 4);
      Tensor hidden = model.hidden(ids, Pass.over(ids).build());
      float want = Losses.crossEntropy(model.logits(hidden), targets, 0.1f).getFloat(0);
      assertThat(model.loss(ids, targets, Pass.over(ids).build(), 0.1f, 0).getFloat(0))
          .isCloseTo(want, within(1e-6f));
      assertThat(model.tokenLoss(hidden, targets, 0.1f, 6).getFloat(0))
          .isCloseTo(want / 2, within(1e-6f));
    }
  }
}
