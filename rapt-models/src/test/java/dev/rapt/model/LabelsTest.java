package dev.rapt.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.rapt.model.Labels.Problem;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Expected losses: torch 2.13, by the loss that transformers takes for the problem type. */
class LabelsTest {
  private static final double SINGLE = 0.5418166;
  private static final double SMOOTH_HALVED = 0.3438250;
  private static final double SINGLE_WEIGHTED = 0.6343727;
  private static final double MULTI = 0.3503425;
  private static final double MULTI_WEIGHTED = 0.4903609;
  private static final double SQUARED = 1.5520834;

  private static final float[] WEIGHTS = {0.5f, 2, 3};

  private final Scope scope = Scope.open();
  private final Tensor logits = scope.floats(new float[] {1, -2, 0.5f, 0.25f, 3, -1}, 2, 3);

  @AfterEach
  void close() {
    scope.close();
  }

  private static Labels labels(Problem problem) {
    return new Labels(List.of("a", "b", "c"), problem);
  }

  private static void assertLoss(Tensor loss, double want) {
    assertThat((double) loss.getFloat(0)).isCloseTo(want, within(2e-6));
  }

  @Test
  void singleLabel() {
    Labels labels = labels(Problem.SINGLE_LABEL);
    Tensor targets = scope.ints(new int[] {2, 1}, 2);
    assertLoss(labels.loss(logits, targets), SINGLE);
    assertLoss(labels.loss(logits, targets, null, 0.1f, 4), SMOOTH_HALVED);
    assertLoss(labels.loss(logits, targets, WEIGHTS, 0, 0), SINGLE_WEIGHTED);
  }

  @Test
  void severalLabels() {
    Labels labels = labels(Problem.MULTI_LABEL);
    Tensor targets = scope.floats(new float[] {1, 0, 1, 0, 1, 0}, 2, 3);
    assertLoss(labels.loss(logits, targets), MULTI);
    assertLoss(labels.loss(logits, targets, WEIGHTS, 0, 0), MULTI_WEIGHTED);
    assertLoss(labels.loss(logits, targets, null, 0, 4), MULTI / 2);
  }

  @Test
  void regression() {
    Labels labels = labels(Problem.REGRESSION);
    Tensor targets = scope.floats(new float[] {1, 0, 1, 0, 1, 0}, 2, 3);
    assertLoss(labels.loss(logits, targets), SQUARED);
    assertLoss(labels.loss(logits, targets, null, 0, 4), SQUARED / 2);
  }

  @Test
  void weightsAndSmoothingNeedTheirProblemType() {
    Tensor targets = scope.floats(new float[6], 2, 3);
    assertThatThrownBy(() -> labels(Problem.REGRESSION).loss(logits, targets, WEIGHTS, 0, 0))
        .hasMessage("class weights: need classes, got a regression");
    assertThatThrownBy(() -> labels(Problem.MULTI_LABEL).loss(logits, targets, null, 0.1f, 0))
        .hasMessage(
            "label smoothing: needs a single label for each example, got"
                + " multi_label_classification");
  }

  @Test
  void headsOverChoicesAndPairsTakeADenominator() {
    Tensor targets = scope.ints(new int[] {2, 1}, 2);
    assertLoss(MultipleChoice.loss(logits, targets, 0), SINGLE);
    assertLoss(MultipleChoice.loss(logits, targets, 4), SINGLE / 2);
    assertLoss(NextSentence.loss(logits, targets, 4), SINGLE / 2);
    assertLoss(Pretraining.pairLoss(logits, targets, 4), SINGLE / 2);
  }
}
