package dev.rapt.kernel.vector;

import static dev.rapt.kernel.Floats.assertClose;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.rapt.kernel.Bfloat16;
import dev.rapt.kernel.Floats;
import dev.rapt.kernel.OptimizerKernel;
import dev.rapt.kernel.scalar.ScalarOptimizer;
import dev.rapt.kernel.vector.elementwise.VectorElementwise;
import dev.rapt.kernel.vector.math.Lanes;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(ForcedVectorWidth.class)
class VectorOptimizerTest {
  private static final double TOLERANCE = 1e-6;

  private static final OptimizerKernel SCALAR = new ScalarOptimizer();
  private static final OptimizerKernel VECTOR = new VectorOptimizer();

  @ParameterizedTest
  @ValueSource(ints = {1, 4, 7, 13, 64, 207, 4098})
  void everyUpdateMatchesScalar(int n) {
    OptimizerKernel.AdamW adamW =
        new OptimizerKernel.AdamW(0.01, 0.9, 0.999, 1e-8, 0.1, 0.19, 0.002, 0.5);
    OptimizerKernel.Lion lion = new OptimizerKernel.Lion(0.01, 0.9, 0.99, 0.1, 0.5);
    for (boolean copied : new boolean[] {false, true}) {
      compare(
          n,
          copied,
          (k, w, a, b, g, copy) ->
              k.adamW(new OptimizerKernel.Weights(w, g, copy, n), a, b, adamW));
      compare(
          n,
          copied,
          (k, w, a, b, g, copy) -> k.lion(new OptimizerKernel.Weights(w, g, copy, n), a, lion));
      for (int mask = 0; mask < 8; mask++) {
        boolean nesterov = (mask & 1) != 0;
        boolean first = (mask & 2) != 0;
        boolean buffered = (mask & 4) != 0;
        OptimizerKernel.Sgd sgd =
            new OptimizerKernel.Sgd(0.01, 0.9, 0.3, nesterov, first, 0.1, 0.5);
        compare(
            n,
            copied,
            (k, w, a, b, g, copy) ->
                k.sgd(new OptimizerKernel.Weights(w, g, copy, n), buffered ? a : null, sgd));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 7, 64, 4098})
  void stochasticRoundingMatchesScalarToTheBit(int n) {
    MemorySegment x = Floats.normal(5, n, 1);
    Lanes.set(x, 0, Float.NaN);
    MemorySegment got = Floats.zeros(n), wanted = Floats.zeros(n);
    for (long first : new long[] {0, (1L << 32) - 9}) {
      VECTOR.roundStochastically(got, x, 3, first, n);
      SCALAR.roundStochastically(wanted, x, 3, first, n);
      assertThat(got.mismatch(wanted)).isEqualTo(-1);
    }
  }

  @Test
  void stochasticRoundingKeepsTheMeanAndExactValues() {
    int n = 1 << 16;
    float between = 1 + 0x1p-10f; // an eighth of the way from 1 to the next bf16
    MemorySegment x = Floats.zeros(n), rounded = Floats.zeros(n);
    for (int i = 0; i < n; i++) {
      Lanes.set(x, i, i % 2 == 0 ? between : -1.5f);
    }
    VECTOR.roundStochastically(rounded, x, 1, 0, n);
    double sum = 0;
    for (int i = 0; i < n; i++) {
      float value = Bfloat16.toFloat(rounded.getAtIndex(JAVA_SHORT, i));
      if (i % 2 == 1) {
        assertThat(value).isEqualTo(-1.5f);
      } else {
        sum += value;
      }
    }
    assertThat(2 * sum / n).isCloseTo(between, within(5e-5));
  }

  @Test
  void firstStepOfAdamWIsTheLearningRateAlongTheSign() {
    MemorySegment w = Floats.of(1, 2, 3);
    MemorySegment grad = Floats.of(0.5f, -4, 0);
    OptimizerKernel.AdamW args = new OptimizerKernel.AdamW(0.1, 0.9, 0.999, 1e-8, 0, 0.1, 0.001, 1);
    for (OptimizerKernel k : new OptimizerKernel[] {SCALAR, VECTOR}) {
      MemorySegment moved = Floats.copy(w);
      k.adamW(
          new OptimizerKernel.Weights(moved, grad, null, 3),
          Floats.zeros(3),
          Floats.zeros(3),
          args);
      assertClose("weights", moved, Floats.of(0.9f, 2.1f, 3), 0, TOLERANCE);
    }
  }

  @Test
  void lionStepsByTheSignAndRestsAtZero() {
    float[] grads = {5, -1e-3f, 0, 5, -1e-3f, 0, 5, -1e-3f, 0, 7};
    MemorySegment w = Floats.zeros(10);
    OptimizerKernel.Lion args = new OptimizerKernel.Lion(0.1, 0.9, 0.99, 0, 1);
    for (OptimizerKernel k : new OptimizerKernel[] {SCALAR, VECTOR}) {
      MemorySegment moved = Floats.copy(w);
      k.lion(
          new OptimizerKernel.Weights(moved, Floats.of(grads), null, 10), Floats.zeros(10), args);
      for (int i = 0; i < 10; i++) {
        assertThat(Lanes.get(moved, i)).isEqualTo(-0.1f * Math.signum(grads[i]));
      }
    }
  }

  @Test
  void gradientThatIsNotANumberShowsInTheWeight() {
    MemorySegment grad = Floats.zeros(16);
    Lanes.set(grad, 5, Float.NaN);
    OptimizerKernel.Lion args = new OptimizerKernel.Lion(0.1, 0.9, 0.99, 0, 1);
    for (OptimizerKernel k : new OptimizerKernel[] {SCALAR, VECTOR}) {
      MemorySegment w = Floats.zeros(16);
      k.lion(new OptimizerKernel.Weights(w, grad, null, 16), Floats.zeros(16), args);
      assertThat(Lanes.get(w, 5)).isNaN();
      assertThat(Lanes.get(w, 4)).isZero();
    }
  }

  private static void compare(int n, boolean copied, Update update) {
    MemorySegment[] got = state(n);
    MemorySegment[] want = state(n);
    MemorySegment grad = Floats.normal(4, n, 0.1);
    MemorySegment gotCopy = copied ? Arena.ofAuto().allocate(JAVA_SHORT, n) : null;
    MemorySegment wantCopy = copied ? Arena.ofAuto().allocate(JAVA_SHORT, n) : null;
    update.run(VECTOR, got[0], got[1], got[2], grad, gotCopy);
    update.run(SCALAR, want[0], want[1], want[2], grad, wantCopy);
    for (int i = 0; i < 3; i++) {
      assertClose("state " + i, got[i], want[i], 1e-7, TOLERANCE);
    }
    for (int i = 0; copied && i < n; i++) {
      assertThat(gotCopy.getAtIndex(JAVA_SHORT, i))
          .isEqualTo(Bfloat16.fromFloat(Lanes.get(got[0], i)));
      assertThat(wantCopy.getAtIndex(JAVA_SHORT, i))
          .isEqualTo(Bfloat16.fromFloat(Lanes.get(want[0], i)));
    }
  }

  /** Weights, first moments, second moments. */
  private static MemorySegment[] state(int n) {
    MemorySegment second = Floats.normal(3, n, 0.1);
    new VectorElementwise().multiply(second, second, second, n);
    return new MemorySegment[] {Floats.normal(1, n, 1), Floats.normal(2, n, 0.1), second};
  }

  private interface Update {
    void run(
        OptimizerKernel kernel,
        MemorySegment w,
        MemorySegment first,
        MemorySegment second,
        MemorySegment grad,
        MemorySegment copy);
  }
}
