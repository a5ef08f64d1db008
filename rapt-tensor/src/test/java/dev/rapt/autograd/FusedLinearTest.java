package dev.rapt.autograd;

import static dev.rapt.autograd.FiniteDifferences.shape;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rapt.kernel.Activation;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** A linear layer with what follows it, on a tape and off it. */
class FusedLinearTest {
  private final FiniteDifferences differences = new FiniteDifferences(new SplittableRandom(5));

  @Test
  void gradientsFlowToAllOperands() {
    differences.checkInBothTypes(
        List.of(shape(2, 3, 7), shape(5, 7), shape(2, 3, 5)),
        p -> Ops.linear(p.get(0), p.get(1), null, false, Activation.GELU, p.get(2)));
  }

  @Test
  void offATapeTheResultIsTheSame() {
    try (Scope scope = Scope.open()) {
      Tensor x = differences.random(scope, 4, 65);
      Tensor weight = differences.random(scope, 33, 65);
      Tensor bias = differences.random(scope, 33);
      Tensor stream = differences.random(scope, 4, 33);
      float[] separate =
          Ops.add(stream, Ops.activate(Ops.linear(x, weight, bias, false), Activation.SILU))
              .toFloats();
      float[] fused = Ops.linear(x, weight, bias, false, Activation.SILU, stream).toFloats();
      assertThat(fused).usingComparatorWithPrecision(1e-4f).containsExactly(separate);
    }
  }

  /** Else a part that is computed again in the backward pass would differ from the first time. */
  @Test
  void whatATapeEnclosesIsComputedInSeparateSteps() {
    try (Scope scope = Scope.open();
        Tape tape = Tape.open(scope)) {
      Tensor x = differences.random(tape, 4, 65);
      Tensor weight = differences.random(scope, 65, 65).track();
      Tensor separate =
          Ops.add(x, Ops.activate(Ops.linear(x, weight, null, false), Activation.GELU));
      Tensor contained =
          Ops.contained(x, in -> Ops.linear(in, weight, null, false, Activation.GELU, in));
      assertThat(contained.toFloats()).isEqualTo(separate.toFloats());
    }
  }

  @Test
  void anAddendOfAnotherShapeIsRefused() {
    try (Scope scope = Scope.open()) {
      Tensor x = differences.random(scope, 4, 6);
      Tensor weight = differences.random(scope, 5, 6);
      Tensor stream = differences.random(scope, 4, 6);
      assertThatThrownBy(() -> Ops.linear(x, weight, null, false, Activation.IDENTITY, stream))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("(4, 5)");
    }
  }
}
