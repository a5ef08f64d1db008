package dev.rapt.autograd;

import static dev.rapt.autograd.FiniteDifferences.shape;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.rapt.autograd.attention.Heads;
import dev.rapt.autograd.loss.LinearHead;
import dev.rapt.autograd.loss.Losses;
import dev.rapt.kernel.Activation;
import dev.rapt.kernel.Gating;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Products, slices, joints, caps, gates and means, against central differences. */
class ArithmeticGradientTest {
  private final FiniteDifferences differences = new FiniteDifferences(new SplittableRandom(11));

  @Test
  void productsOfOneShape() {
    differences.checkInBothTypes(
        List.of(shape(3, 5), shape(3, 5)), p -> Ops.multiply(p.get(0), p.get(1)));
    differences.checkInBothTypes(List.of(shape(3, 5)), p -> Ops.multiply(p.get(0), p.get(0)));
  }

  @Test
  void productsWithAVectorAndWithAColumn() {
    differences.checkInBothTypes(
        List.of(shape(2, 3, 21), shape(21)), p -> Ops.multiply(p.get(0), p.get(1)));
    differences.checkInBothTypes(
        List.of(shape(2, 3, 21), shape(2, 3, 1)), p -> Ops.multiply(p.get(0), p.get(1)));
    differences.checkInBothTypes(
        List.of(shape(2, 21), shape(1)), p -> Ops.multiply(p.get(0), p.get(1)));
  }

  @Test
  void productsOfHeadsWithSharedVectors() {
    differences.checkInBothTypes(
        List.of(shape(2, 5, 3 * 4), shape(1, 7, 3 * 4)),
        p -> Ops.headProducts(Heads.of(p.get(0), 3, 4), Heads.of(p.get(1), 3, 4)));
  }

  @Test
  void sumsWithAVector() {
    differences.checkInBothTypes(
        List.of(shape(2, 3, 21), shape(21)), p -> Ops.add(p.get(0), Ops.add(p.get(1), p.get(1))));
  }

  @Test
  void productOfOtherShapesIsRefused() {
    try (Scope scope = Scope.open()) {
      Tensor x = differences.random(scope, 3, 4);
      assertThatThrownBy(() -> Ops.multiply(x, differences.random(scope, 3)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("got x (3, 4) and y (3)");
    }
  }

  @Test
  void clippedValuesHaveNoGradient() {
    differences.checkInBf16(List.of(shape(5, 33)), p -> Ops.clip(p.get(0), 0.7f));
    try (Scope scope = Scope.open();
        Tape tape = Tape.open(scope)) {
      Tensor x = tape.floats(new float[] {-3, -0.5f, 0.25f, 9}, 4).track();
      Tensor clipped = Ops.clip(x, 0.5f);
      assertThat(clipped.toFloats()).containsExactly(-0.5f, -0.5f, 0.25f, 0.5f);
      Backward backward = new Backward(tape, new Gradients(tape));
      tape.backward(clipped, tape.floats(new float[] {1, 2, 3, 4}, 4), backward);
      Tensor gradient = backward.take(x);
      assertThat(gradient).isNotNull();
      assertThat(gradient.toFloats()).containsExactly(0, 2, 3, 0);
    }
  }

  @Test
  void layerNormWithAnOffsetIsThatOfTheShiftedWeight() {
    try (Scope scope = Scope.open()) {
      Tensor x = differences.random(scope, 3, 7);
      Tensor weight = scope.floats(new float[] {-1, -0.5f, 0, 0.5f, 1, 2, 3}, 7);
      Tensor shifted = scope.floats(new float[] {0, 0.5f, 1, 1.5f, 2, 3, 4}, 7);
      assertThat(Ops.layerNorm(x, weight, 1, null, 1e-5f).toFloats())
          .containsExactly(Ops.layerNorm(x, shifted, null, 1e-5f).toFloats());
    }
  }

  @Test
  void columnsAndJoints() {
    differences.checkInBothTypes(
        List.of(shape(2, 3, 9)),
        p -> {
          Tensor left = Ops.columns(p.get(0), 0, 4);
          Tensor right = Ops.columns(p.get(0), 4, 5);
          Tensor middle = Ops.columns(p.get(0), 2, 3);
          return Ops.concat(List.of(right, Ops.multiply(left, left), middle));
        });
  }

  @Test
  void columnsOfAReshapedTensorBesideOtherUses() {
    differences.check(
        List.of(shape(4, 6)),
        p -> {
          Tensor x = Ops.scale(p.get(0), 1.5f);
          Tensor halves = Ops.columns(x.reshape(8, 3), 1, 2); // (8, 2)
          return Ops.concat(List.of(halves.reshape(4, 4), Ops.columns(x, 3, 2), x));
        });
  }

  @Test
  void blocksInAnotherOrder() {
    differences.checkInBothTypes(
        List.of(shape(2, 3, 8)),
        p -> {
          Tensor moved = Ops.reorderBlocks(p.get(0), List.of(2, 0, 3, 1));
          return Ops.multiply(moved, p.get(0));
        });
  }

  @Test
  void repeatedVectors() {
    differences.checkInBothTypes(
        List.of(shape(2, 3, 5), shape(2, 3, 4, 5)),
        p -> Ops.multiply(Ops.repeat(p.get(0), 4), p.get(1)));
  }

  @Test
  void softmaxAndItsLogarithm() {
    differences.checkInBothTypes(List.of(shape(4, 7)), p -> Ops.softmax(p.get(0)));
    differences.checkInBothTypes(List.of(shape(4, 7)), p -> Ops.logSoftmax(p.get(0)));
  }

  @Test
  void weightedSumsAndHuber() {
    float[] weights = {0.5f, -2, 3, 0.25f, 1, -1};
    differences.check(
        List.of(shape(2, 3)), p -> Losses.dot(p.get(0), p.scope().floats(weights, 2, 3)));
    differences.check(
        List.of(shape(2, 3)), p -> Losses.huber(p.get(0), p.scope().floats(weights, 2, 3), 0.8, 0));
  }

  @Test
  void softCap() {
    differences.checkInBothTypes(
        List.of(shape(4, 7)), p -> Ops.softCap(Ops.scale(p.get(0), 3), 2.5f));
  }

  @Test
  void l2NormHasLengthOne() {
    differences.checkInBothTypes(List.of(shape(4, 7)), p -> Ops.l2Norm(p.get(0), 1e-6f));
    try (Scope scope = Scope.open()) {
      float[] unit = Ops.l2Norm(differences.random(scope, 1, 9), 1e-12f).toFloats();
      double sum = 0;
      for (float v : unit) {
        sum += (double) v * v;
      }
      assertThat(sum).isCloseTo(1, within(1e-6));
    }
  }

  @ParameterizedTest
  @EnumSource(GateLayout.class)
  void fusedGateEqualsTheGateOfItsColumns(GateLayout layout) {
    List<Gating> gatings =
        List.of(new Gating.Product(Activation.SILU), new Gating.Clamped(1.25f, 1.702f));
    for (Gating f : gatings) {
      try (Scope scope = Scope.open()) {
        Tensor x = differences.random(scope, 3, 18);
        float[] gate = new float[27];
        float[] up = new float[27];
        for (int i = 0; i < 27; i++) {
          int row = i / 9 * 18;
          int c = i % 9;
          gate[i] = x.getFloat(row + (layout == GateLayout.HALVES ? c : 2 * c));
          up[i] = x.getFloat(row + (layout == GateLayout.HALVES ? 9 + c : 2 * c + 1));
        }
        Tensor apart = Ops.gate(scope.floats(gate, 3, 9), scope.floats(up, 3, 9), f);
        assertThat(Ops.gate(x, layout, f).toFloats())
            .containsExactly(apart.toFloats(), within(1e-6f));
      }
    }
  }

  @ParameterizedTest
  @EnumSource(GateLayout.class)
  void fusedGate(GateLayout layout) {
    differences.checkInBothTypes(
        List.of(shape(3, 10)),
        p -> Ops.gate(p.get(0), layout, new Gating.Product(Activation.GELU)));
    differences.checkInBothTypes(
        List.of(shape(3, 10)),
        // scaled, so that nothing lies near the kink
        p -> Ops.gate(Ops.scale(p.get(0), 0.2f), layout, new Gating.Clamped(2, 1.702f)));
  }

  @Test
  void meanOverTimeCountsWhatTheMaskShows() {
    int[] mask = {1, 1, 0, 1, 0, 0, 0, 0};
    differences.checkInBothTypes(
        List.of(shape(2, 4, 5)), p -> Ops.meanOverTime(p.get(0), p.scope().ints(mask, 2, 4)));
    try (Scope scope = Scope.open()) {
      Tensor x = scope.floats(new float[] {1, 2, 100, 6, 7, 8, 9, 10}, 2, 4, 1);
      assertThat(Ops.meanOverTime(x, scope.ints(mask, 2, 4)).toFloats()).containsExactly(3, 0);
    }
  }

  @Test
  void meanOverTimeInAnotherType() {
    int[] mask = {1, 1, 0, 1, 1, 0, 1, 0};
    differences.checkInBothTypes(
        List.of(shape(2, 4, 5)),
        p -> Ops.meanOverTime(p.get(0), p.scope().ints(mask, 2, 4), DType.F32));
  }

  @Test
  void maxOverTimeTakesTheLargestThatTheMaskShows() {
    int[] mask = {1, 1, 0, 1, 0, 0, 0, 0};
    differences.checkInBothTypes(
        List.of(shape(2, 4, 5)), p -> Ops.maxOverTime(p.get(0), p.scope().ints(mask, 2, 4)));
    try (Scope scope = Scope.open()) {
      Tensor x = scope.floats(new float[] {-1, -2, 100, -6, 7, 8, 9, 10}, 2, 4, 1);
      assertThat(Ops.maxOverTime(x, scope.ints(mask, 2, 4)).toFloats()).containsExactly(-1, 0);
    }
  }

  @Test
  void maxOverTimeSendsTheGradientToTheFirstOfEqualValues() {
    try (Scope scope = Scope.open()) {
      Gradients gradients = new Gradients(scope);
      Tensor x = scope.floats(new float[] {3, 5, 5, 1}, 1, 4, 1).track();
      try (Tape tape = Tape.open(scope)) {
        Tensor mask = tape.ints(new int[] {1, 1, 1, 1}, 1, 4);
        tape.backward(Ops.maxOverTime(x, mask), gradients);
      }
      assertThat(gradients.of(x).toFloats()).containsExactly(0, 1, 0, 0);
    }
  }

  @ParameterizedTest
  @ValueSource(floats = {0, 2})
  void headWithBiasScaleAndCap(float cap) {
    int[] targets = {3, -100, 0, 6};
    differences.check(
        List.of(shape(4, 5), shape(7, 5), shape(7)),
        p ->
            Losses.linearCrossEntropy(
                p.get(0),
                new LinearHead(p.get(1), p.get(2), 0.7f, cap),
                p.scope().ints(targets, 4),
                0.1f,
                0));
    try (Scope scope = Scope.open()) {
      Tensor x = differences.random(scope, 4, 5);
      LinearHead head =
          new LinearHead(differences.random(scope, 7, 5), differences.random(scope, 7), 0.7f, cap);
      Tensor labels = scope.ints(targets, 4);
      float apart = Losses.crossEntropy(head.logits(x), labels, 0).getFloat(0);
      assertThat(Losses.linearCrossEntropy(x, head, labels, 0, 0).getFloat(0))
          .isCloseTo(apart, within(1e-6f));
    }
  }

  @Test
  void meanLosses() {
    float[] targets = {0, 1, 0.3f, 1, 0, 1, 1, 0};
    differences.check(
        List.of(shape(2, 4)),
        p -> Losses.binaryCrossEntropy(p.get(0), p.scope().floats(targets, 2, 4)));
    differences.check(
        List.of(shape(2, 4)),
        p -> Losses.meanSquaredError(p.get(0), p.scope().floats(targets, 2, 4)));
  }
}
