package dev.rapt.autograd.loss;

import static dev.rapt.autograd.FiniteDifferences.shape;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.rapt.autograd.FiniteDifferences;
import dev.rapt.autograd.Ops;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.BiFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class LossGradientTest {
  private static final float[] WEIGHTS = {0.5f, 2, 1.5f, 0.25f, 3, 1, 0};

  private final FiniteDifferences differences = new FiniteDifferences(new SplittableRandom(5));

  @ParameterizedTest
  @ValueSource(floats = {0, 0.1f})
  void weightedCrossEntropy(float smoothing) {
    differences.checkInBothTypes(
        List.of(shape(4, 7)),
        p ->
            Losses.crossEntropy(
                p.get(0), p.scope().ints(new int[] {3, -100, 0, 6}, 4), WEIGHTS, smoothing, 0));
  }

  @Test
  void equalClassWeightsGiveTheUnweightedLoss() {
    try (Scope scope = Scope.open()) {
      Tensor logits = differences.random(scope, 4, 3);
      Tensor targets = scope.ints(new int[] {0, 2, -100, 1}, 4);
      float[] equal = {2, 2, 2};
      assertThat(Losses.crossEntropy(logits, targets, equal, 0.2f, 0).getFloat(0))
          .isCloseTo(Losses.crossEntropy(logits, targets, 0.2f).getFloat(0), within(1e-6f));
    }
  }

  @ParameterizedTest
  @ValueSource(floats = {0, 2})
  void fusedDistillation(float cap) {
    int[] targets = {3, -100, 0, 6};
    try (Scope scope = Scope.open()) {
      Tensor teacherX = differences.random(scope, 4, 3);
      LinearHead teacher =
          new LinearHead(differences.random(scope, 7, 3), differences.random(scope, 7), 1.5f, cap);
      differences.checkInBothTypes(
          List.of(shape(4, 5), shape(7, 5), shape(7)),
          p ->
              Losses.linearDistillation(
                  p.get(0),
                  new LinearHead(p.get(1), p.get(2), 0.7f, cap),
                  teacherX,
                  teacher,
                  p.scope().ints(targets, 4),
                  2,
                  0));
    }
  }

  @Test
  void fusedDistillationEqualsThatOfTheLogits() {
    try (Scope scope = Scope.open()) {
      int rows = 300;
      Tensor x = differences.random(scope, rows, 8);
      Tensor teacherX = differences.random(scope, rows, 4);
      LinearHead head = LinearHead.of(differences.random(scope, 11, 8));
      LinearHead teacher = new LinearHead(differences.random(scope, 11, 4), null, 0.5f, 3);
      Tensor targets = scope.ints(new SplittableRandom(1).ints(rows, 0, 11).toArray(), rows);
      float apart =
          Losses.distillation(head.logits(x), teacher.logits(teacherX), targets, 3, 0).getFloat(0);
      assertThat(Losses.linearDistillation(x, head, teacherX, teacher, targets, 3, 0).getFloat(0))
          .isCloseTo(apart, within(1e-6f));
    }
  }

  @Test
  void chunksOfALargeVocabularyGiveTheLossOfTheWhole() {
    try (Scope scope = Scope.open()) {
      int rows = 20;
      int V = 600_000; // 16 rows of logits make a chunk
      Tensor x = differences.random(scope, rows, 2);
      Tensor teacherX = differences.random(scope, rows, 2);
      LinearHead head = LinearHead.of(differences.random(scope, V, 2));
      Tensor targets = scope.ints(new int[rows], rows);
      double sum = 0;
      for (int r = 0; r < rows; r++) {
        Tensor row = scope.floats(new float[] {x.getFloat(2L * r), x.getFloat(2L * r + 1)}, 1, 2);
        Tensor teacherRow =
            scope.floats(
                new float[] {teacherX.getFloat(2L * r), teacherX.getFloat(2L * r + 1)}, 1, 2);
        Tensor target = scope.ints(new int[1], 1);
        sum += Losses.linearDistillation(row, head, teacherRow, head, target, 1, rows).getFloat(0);
      }
      float whole = Losses.linearDistillation(x, head, teacherX, head, targets, 1, 0).getFloat(0);
      assertThat((double) whole).isCloseTo(sum, within(1e-5 * sum));
    }
  }

  @Test
  void aStudentLikeItsTeacherHasNoLoss() {
    try (Scope scope = Scope.open()) {
      Tensor logits = differences.random(scope, 3, 5);
      Tensor targets = scope.ints(new int[3], 3);
      assertThat(Losses.distillation(logits, logits, targets, 4, 0).getFloat(0)).isZero();
    }
  }

  @Test
  void logProbabilities() {
    differences.checkInBothTypes(
        List.of(shape(4, 7)),
        p -> Losses.logProbabilities(p.get(0), p.scope().ints(new int[] {3, 1, 0, 6}, 4)));
  }

  @Test
  void logProbabilitiesAreThoseOfTheLogSoftmax() {
    try (Scope scope = Scope.open()) {
      Tensor logits = differences.random(scope, 3, 5);
      Tensor all = Ops.logSoftmax(logits);
      int[] targets = {4, 0, 2};
      Tensor found = Losses.logProbabilities(logits, scope.ints(targets, 3));
      for (int r = 0; r < 3; r++) {
        assertThat(found.getFloat(r)).isCloseTo(all.getFloat(5L * r + targets[r]), within(1e-6f));
      }
    }
  }

  @Test
  void functionOfSeveralNumbers() {
    differences.check(
        List.of(shape(3)),
        p ->
            Losses.function(
                p.get(0),
                (x, gradient) -> {
                  gradient[0] = x[1];
                  gradient[1] = x[0] - 2 * x[1];
                  return x[0] * x[1] - x[1] * x[1];
                }));
  }

  @ParameterizedTest
  @EnumSource(VectorDistance.class)
  void distances(VectorDistance distance) {
    differences.check(List.of(shape(3, 4), shape(3, 4)), p -> distance.between(p.get(0), p.get(1)));
  }

  @ParameterizedTest
  @EnumSource(VectorSimilarity.class)
  void similarities(VectorSimilarity similarity) {
    differences.checkInBothTypes(
        List.of(shape(3, 4), shape(3, 4)), p -> similarity.ofPairs(p.get(0), p.get(1)));
    differences.checkInBothTypes(
        List.of(shape(3, 4), shape(5, 4)), p -> similarity.ofAll(p.get(0), p.get(1)));
  }

  @Test
  void aZeroVectorHasSimilarityZero() {
    try (Scope scope = Scope.open()) {
      Tensor zero = scope.floats(new float[3], 1, 3);
      Tensor x = scope.floats(new float[] {1, 2, 3}, 1, 3);
      assertThat(VectorSimilarity.COSINE.ofPairs(zero, x).getFloat(0)).isZero();
    }
  }

  @Test
  void denominatorsMakeMicroBatchesAddUp() {
    try (Scope scope = Scope.open()) {
      float[] labels = {1, 0, 0, 1};
      int[] ids = {1, 0, -100, 2};
      float[] weights = {1, 2, 3};
      Tensor x = differences.random(scope, 4, 3);
      Tensor y = differences.random(scope, 4, 3);
      double total = Losses.totalWeight(ids, weights);
      assertAddsUp(scope, x, y, (a, b) -> Losses.meanSquaredError(a, b, 12));
      assertAddsUp(scope, x, y, (a, b) -> Losses.huber(a, b, 0.5, 12));
      assertAddsUp(scope, x, y, (a, b) -> Losses.cosineDistance(a, b, 4));
      assertAddsUp(scope, x, y, (a, b) -> Losses.binaryCrossEntropy(a, b, weights, 12));
      assertThat(Losses.crossEntropy(x, scope.ints(ids, 4), weights, 0.1f, 2 * total).getFloat(0))
          .isCloseTo(
              Losses.crossEntropy(x, scope.ints(ids, 4), weights, 0.1f, 0).getFloat(0) / 2,
              within(1e-6f));
      assertThat(
              ContrastiveLosses.contrastive(x, y, labels, VectorDistance.COSINE, 0.5f, 8)
                  .getFloat(0))
          .isCloseTo(
              ContrastiveLosses.contrastive(x, y, labels, VectorDistance.COSINE, 0.5f, 0)
                      .getFloat(0)
                  / 2,
              within(1e-6f));
    }
  }

  /** The losses of both halves add up to the loss of all rows. */
  private static void assertAddsUp(
      Scope scope, Tensor x, Tensor y, BiFunction<Tensor, Tensor, Tensor> loss) {
    float whole = loss.apply(x, y).getFloat(0);
    float parts = 0;
    for (int half = 0; half < 2; half++) {
      parts += loss.apply(half(scope, x, half), half(scope, y, half)).getFloat(0);
    }
    assertThat(parts).isCloseTo(whole, within(1e-6f));
  }

  private static Tensor half(Scope scope, Tensor x, int half) {
    float[] values = new float[6];
    for (int i = 0; i < values.length; i++) {
      values[i] = x.getFloat(6L * half + i);
    }
    return scope.floats(values, 2, 3);
  }

  @Test
  void operandsThatDoNotFitAreNamed() {
    try (Scope scope = Scope.open()) {
      Tensor x = differences.random(scope, 2, 3);
      Tensor targets = scope.ints(new int[2], 2);
      assertThatThrownBy(() -> Losses.crossEntropy(x, targets, new float[2], 0, 0))
          .hasMessage("cross entropy: class weights: must be one for each of 3 classes, got 2");
      assertThatThrownBy(
              () -> Losses.distillation(x, differences.random(scope, 2, 4), targets, 1, 0))
          .hasMessageStartingWith("distillation: the teacher must have");
      assertThatThrownBy(() -> Losses.distillation(x, x, targets, 0, 0))
          .hasMessage("distillation: the temperature must be positive, got 0.0");
      assertThatThrownBy(() -> ContrastiveLosses.coSent(x, x, new float[3], 20))
          .hasMessage("labels: must be one for each of 2 pairs, got 3");
    }
  }
}
