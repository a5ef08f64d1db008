package dev.rapt.autograd;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rapt.tensor.DType;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Function;

/** Compares gradients of operations with central differences of their forward pass. */
final class FiniteDifferences {
  /** Central differences in f32: the step's cube and rounding over the step are both below this. */
  private static final double TOLERANCE = 6e-3;

  private static final float STEP = 1e-2f;

  private final SplittableRandom random;

  FiniteDifferences(SplittableRandom random) {
    this.random = random;
  }

  /** Parameters of a function under test, and the scope for its constants. */
  record Inputs(Scope scope, List<Tensor> tensors) {
    Tensor get(int i) {
      return tensors.get(i);
    }
  }

  /** Compares gradients of a random linear form of the function's result. */
  void check(List<long[]> shapes, Function<Inputs, Tensor> function) {
    try (Scope scope = Scope.open();
        Tape tape = Tape.open(scope)) {
      List<Tensor> leaves = new ArrayList<>();
      List<Tensor> constants = new ArrayList<>();
      for (long[] shape : shapes) {
        Tensor constant = random(scope, shape);
        constants.add(constant);
        leaves.add(tape.alias(constant).track());
      }
      Tensor out = function.apply(new Inputs(tape, leaves));
      float[] direction = new float[(int) out.numElements()];
      for (int i = 0; i < direction.length; i++) {
        direction[i] = (float) random.nextGaussian();
      }
      Backward backward = new Backward(tape, new Gradients(scope));
      tape.backward(out, tape.floats(direction, out.shape().toArray()), backward);
      for (int p = 0; p < constants.size(); p++) {
        Tensor gradient = backward.take(leaves.get(p));
        assertThat(gradient).as("gradient of parameter %d", p).isNotNull();
        compare(constants, p, direction, gradient, function);
      }
    }
  }

  private void compare(
      List<Tensor> parameters,
      int p,
      float[] direction,
      Tensor gradient,
      Function<Inputs, Tensor> function) {
    Tensor parameter = parameters.get(p);
    for (long i = 0; i < parameter.numElements(); i++) {
      float value = parameter.getFloat(i);
      set(parameter, i, value + STEP);
      double above = evaluate(parameters, direction, function);
      set(parameter, i, value - STEP);
      double below = evaluate(parameters, direction, function);
      set(parameter, i, value);
      double want = (above - below) / (2.0 * STEP);
      double got = gradient.getFloat(i);
      assertThat(Math.abs(got - want))
          .as("parameter %d element %d: got %s, differences say %s", p, i, got, want)
          .isLessThanOrEqualTo(TOLERANCE * Math.max(1, Math.abs(want)));
    }
  }

  private static double evaluate(
      List<Tensor> parameters, float[] direction, Function<Inputs, Tensor> function) {
    try (Scope inside = parameters.getFirst().scope().child()) {
      List<Tensor> plain = parameters.stream().map(inside::alias).toList();
      float[] out = function.apply(new Inputs(inside, plain)).toFloats();
      double sum = 0;
      for (int i = 0; i < out.length; i++) {
        sum += (double) out[i] * direction[i];
      }
      return sum;
    }
  }

  Tensor random(Scope scope, long... shape) {
    Tensor tensor = scope.empty(DType.F32, shape);
    for (long i = 0; i < tensor.numElements(); i++) {
      set(tensor, i, (float) random.nextGaussian());
    }
    return tensor;
  }

  private static void set(Tensor tensor, long index, float value) {
    tensor.memory().setAtIndex(ValueLayout.JAVA_FLOAT, index, value);
  }
}
