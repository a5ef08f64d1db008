package dev.rapt.autograd;

import static dev.rapt.autograd.FiniteDifferences.shape;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rapt.autograd.attention.HeadMatrices;
import dev.rapt.autograd.attention.Heads;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HeadLinearTest {
  private final FiniteDifferences differences = new FiniteDifferences(new SplittableRandom(5));

  @Test
  void eachHeadHasItsRowsOfTheWeight() {
    try (Scope scope = Scope.open()) {
      Tensor x = scope.floats(new float[] {1, 2}, 1, 1, 2);
      Heads heads = Heads.of(x, 2, 1);
      Tensor weight = scope.floats(new float[] {1, 2, 3, 4, 5, 6, 7, 8}, 4, 2);
      assertThat(Ops.headLinear(heads, new HeadMatrices(weight, 2, 1, 1, true)).toFloats())
          .containsExactly(3, 4, 14, 16);
      Tensor wide = scope.floats(new float[] {1, 2, 3, 4}, 1, 1, 4);
      assertThat(
              Ops.headLinear(Heads.of(wide, 2, 2), new HeadMatrices(weight, 2, 0, 2, false))
                  .toFloats())
          .containsExactly(5, 11, 39, 53);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void gradients(boolean inputMajor) {
    int width = inputMajor ? 2 : 4;
    differences.checkInBothTypes(
        List.of(shape(2, 3, 3 * width + 1), shape(15, 4)),
        p ->
            Ops.headLinear(
                new Heads(p.get(0), 1, 3, width), new HeadMatrices(p.get(1), 3, 2, 2, inputMajor)));
  }

  @Test
  void gradientsOfLinearWithAResultInAnotherType() {
    differences.check(
        List.of(shape(5, 3), shape(4, 3), shape(4)),
        p -> {
          Tensor narrow = Ops.linear(p.get(0), p.get(1), p.get(2), false, DType.F32);
          assertThat(narrow.dtype()).isEqualTo(DType.F32);
          return narrow;
        });
    differences.checkInBf16(
        List.of(shape(5, 3), shape(4, 3), shape(4)),
        p -> Ops.linear(p.get(0), p.get(1), p.get(2), false, DType.F32));
  }

  @Test
  void wrongWidthsAreRefused() {
    try (Scope scope = Scope.open()) {
      Tensor weight = scope.zeros(DType.F32, 6, 4);
      Heads heads = Heads.of(scope.zeros(DType.F32, 1, 1, 6), 2, 3);
      assertThatThrownBy(() -> Ops.headLinear(heads, new HeadMatrices(weight, 2, 0, 2, true)))
          .hasMessageContaining("needs 2 heads of width 2, got 2 of width 3");
      assertThatThrownBy(() -> new HeadMatrices(weight, 2, 1, 3, true))
          .hasMessageContaining("rows [1, 4) of each of 2 heads must be within the weight");
    }
  }
}
