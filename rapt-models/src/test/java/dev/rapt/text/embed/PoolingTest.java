package dev.rapt.text.embed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.rapt.autograd.Gradients;
import dev.rapt.autograd.Ops;
import dev.rapt.autograd.Tape;
import dev.rapt.autograd.loss.Losses;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class PoolingTest {
  private static final int B = 3, T = 4, D = 5;

  /** The second text has one token, the third a prompt of one token. */
  private static final int[] FROM = {0, 0, 1}, TO = {4, 1, 3};

  private static final float STEP = 1e-2f;

  /** Pooling is piecewise linear, so that only rounding is left. */
  private static final double TOLERANCE = 1e-3;

  private final SplittableRandom random = new SplittableRandom(5);

  private float[] draw(int count) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = 2 * (float) random.nextDouble() - 1;
    }
    return values;
  }

  private static double form(Pooling pooling, float[] hidden, float[] direction) {
    try (Scope scope = Scope.open()) {
      Tensor pooled = pooling.forward(scope.floats(hidden, B, T, D), FROM, TO);
      return Losses.dot(pooled, scope.floats(direction, pooled.shape().toArray())).getFloat(0);
    }
  }

  @ParameterizedTest
  @EnumSource(PoolingMode.class)
  void gradientMatchesFiniteDifferences(PoolingMode mode) {
    check(Pooling.of(mode), B * D);
  }

  @Test
  void gradientOfSeveralModesMatchesFiniteDifferences() {
    check(new Pooling(List.of(PoolingMode.CLS, PoolingMode.MAX), true), 2 * B * D);
  }

  private void check(Pooling pooling, int outputs) {
    float[] hidden = draw(B * T * D);
    float[] direction = draw(outputs);
    try (Scope scope = Scope.open();
        Tape tape = Tape.open(scope)) {
      Gradients gradients = new Gradients(scope);
      Tensor x = scope.floats(hidden, B, T, D).track();
      Tensor onTape = Ops.add(x, tape.zeros(DType.F32, B, T, D));
      Tensor pooled = pooling.forward(onTape, FROM, TO);
      Tensor form = Losses.dot(pooled, tape.floats(direction, pooled.shape().toArray()));
      tape.backward(form, gradients);
      float[] gradient = gradients.of(x).toFloats();
      for (int i = 0; i < hidden.length; i++) {
        float kept = hidden[i];
        hidden[i] = kept + STEP;
        double above = form(pooling, hidden, direction);
        hidden[i] = kept - STEP;
        double below = form(pooling, hidden, direction);
        hidden[i] = kept;
        assertThat((double) gradient[i])
            .as("element %d", i)
            .isCloseTo((above - below) / (2 * STEP), within(TOLERANCE));
      }
    }
  }
}
