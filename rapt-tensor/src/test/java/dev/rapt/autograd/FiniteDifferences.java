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

/**
 * Compares the gradients of a function with central differences of its forward pass, and those in
 * bf16 with those in f32.
 */
public final class FiniteDifferences {
  /** Central differences in f32: the step's cube and rounding over the step are both below this. */
  private static final double TOLERANCE = 6e-3;

  private static final float STEP = 1e-2f;

  /** Some roundings to 8 bits, relative to the largest element: each is at most 1/256. */
  private static final double BF16_TOLERANCE = 0.025;

  private final SplittableRandom random;

  /** Draws operands from this source. */
  public FiniteDifferences(SplittableRandom random) {
    this.random = random;
  }

  /** Operands of a function under test, and the scope for its constants. */
  public record Inputs(Scope scope, List<Tensor> tensors) {
    public Tensor get(int i) {
      return tensors.get(i);
    }
  }

  /** The result of a function, and the gradients of a linear form of it. */
  private static final class Outcome {
    private final float[] out;
    private final List<float[]> gradients;

    Outcome(float[] out, List<float[]> gradients) {
      this.out = out;
      this.gradients = gradients;
    }
  }

  /** Checks the gradients of a random linear form of the function's result. */
  public void check(List<long[]> shapes, Function<Inputs, Tensor> function) {
    try (Scope scope = Scope.open()) {
      List<Tensor> operands = operands(scope, shapes);
      float[] direction = direction(operands, function);
      List<float[]> gradients = outcome(operands, direction, DType.F32, function).gradients;
      for (int p = 0; p < operands.size(); p++) {
        compare(operands, p, direction, gradients.get(p), function);
      }
    }
  }

  /** As {@link #check}, then the function with operands of rank 2 and above in bf16. */
  public void checkInBothTypes(List<long[]> shapes, Function<Inputs, Tensor> function) {
    check(shapes, function);
    checkInBf16(shapes, function);
  }

  /** Compares results and gradients in bf16 with those in f32 of the same numbers. */
  void checkInBf16(List<long[]> shapes, Function<Inputs, Tensor> function) {
    try (Scope scope = Scope.open()) {
      List<Tensor> operands = operands(scope, shapes);
      for (Tensor operand : operands) {
        round(operand);
      }
      float[] direction = direction(operands, function);
      for (int i = 0; i < direction.length; i++) {
        direction[i] = rounded(direction[i]);
      }
      Outcome wide = outcome(operands, direction, DType.F32, function);
      Outcome narrow = outcome(operands, direction, DType.BF16, function);
      assertNear("result", narrow.out, wide.out);
      for (int p = 0; p < operands.size(); p++) {
        assertNear("gradient " + p, narrow.gradients.get(p), wide.gradients.get(p));
      }
    }
  }

  private List<Tensor> operands(Scope scope, List<long[]> shapes) {
    return shapes.stream().map(shape -> random(scope, shape)).toList();
  }

  private float[] direction(List<Tensor> operands, Function<Inputs, Tensor> function) {
    try (Scope inside = operands.getFirst().scope().child()) {
      List<Tensor> plain = operands.stream().map(inside::alias).toList();
      float[] direction = new float[(int) function.apply(new Inputs(inside, plain)).numElements()];
      for (int i = 0; i < direction.length; i++) {
        direction[i] = (float) random.nextGaussian();
      }
      return direction;
    }
  }

  private static Outcome outcome(
      List<Tensor> operands, float[] direction, DType type, Function<Inputs, Tensor> function) {
    try (Tape tape = Tape.open(operands.getFirst().scope())) {
      List<Tensor> leaves = new ArrayList<>();
      for (Tensor operand : operands) {
        Tensor leaf = tape.empty(operand.shape().rank() < 2 ? DType.F32 : type, operand.shape());
        Casts.copy(leaf, operand);
        leaves.add(leaf.track());
      }
      Tensor out = function.apply(new Inputs(tape, leaves));
      float[] values = Casts.toFloat(tape, out).toFloats();
      Tensor dOut = tape.empty(out.dtype(), out.shape());
      Casts.copy(dOut, tape.floats(direction, out.shape().toArray()));
      Backward backward = new Backward(tape, new Gradients(tape));
      tape.backward(out, dOut, backward);
      List<float[]> gradients = new ArrayList<>();
      for (int p = 0; p < leaves.size(); p++) {
        Tensor gradient = backward.take(leaves.get(p));
        assertThat(gradient).as("gradient of operand %d", p).isNotNull();
        assertThat(gradient.dtype()).isEqualTo(leaves.get(p).dtype());
        gradients.add(Casts.toFloat(tape, gradient).toFloats());
      }
      return new Outcome(values, gradients);
    }
  }

  private static void compare(
      List<Tensor> operands,
      int p,
      float[] direction,
      float[] gradient,
      Function<Inputs, Tensor> function) {
    Tensor operand = operands.get(p);
    for (int i = 0; i < gradient.length; i++) {
      float value = operand.getFloat(i);
      set(operand, i, value + STEP);
      double above = evaluate(operands, direction, function);
      set(operand, i, value - STEP);
      double below = evaluate(operands, direction, function);
      set(operand, i, value);
      double want = (above - below) / (2.0 * STEP);
      assertThat(Math.abs(gradient[i] - want))
          .as("operand %d element %d: got %s, differences say %s", p, i, gradient[i], want)
          .isLessThanOrEqualTo(TOLERANCE * Math.max(1, Math.abs(want)));
    }
  }

  private static double evaluate(
      List<Tensor> operands, float[] direction, Function<Inputs, Tensor> function) {
    try (Scope inside = operands.getFirst().scope().child()) {
      List<Tensor> plain = operands.stream().map(inside::alias).toList();
      float[] out = function.apply(new Inputs(inside, plain)).toFloats();
      double sum = 0;
      for (int i = 0; i < out.length; i++) {
        sum += (double) out[i] * direction[i];
      }
      return sum;
    }
  }

  private static void assertNear(String what, float[] got, float[] want) {
    double largest = 0;
    for (float value : want) {
      largest = Math.max(largest, Math.abs(value));
    }
    for (int i = 0; i < want.length; i++) {
      assertThat(Math.abs(got[i] - want[i]))
          .as("%s in bf16, element %d: got %s, f32 says %s", what, i, got[i], want[i])
          .isLessThanOrEqualTo((float) (BF16_TOLERANCE * largest));
    }
  }

  /** Numbers of the normal distribution. */
  public Tensor random(Scope scope, long... shape) {
    Tensor tensor = scope.empty(DType.F32, shape);
    for (long i = 0; i < tensor.numElements(); i++) {
      set(tensor, i, (float) random.nextGaussian());
    }
    return tensor;
  }

  private static void round(Tensor tensor) {
    for (long i = 0; i < tensor.numElements(); i++) {
      set(tensor, i, rounded(tensor.getFloat(i)));
    }
  }

  /** The value with the 8 significant bits that bf16 has. */
  private static float rounded(float value) {
    return Float.intBitsToFloat(Float.floatToIntBits(value) & 0xffff0000);
  }

  static void set(Tensor tensor, long index, float value) {
    tensor.memory().setAtIndex(ValueLayout.JAVA_FLOAT, index, value);
  }

  public static long[] shape(long... dims) {
    return dims;
  }
}
