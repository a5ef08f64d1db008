package dev.rapt.autograd;

import static dev.rapt.autograd.FiniteDifferences.shape;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rapt.autograd.Recurrences.LstmWeights;
import dev.rapt.autograd.Recurrences.Outcome;
import dev.rapt.kernel.Floats;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LstmTest {
  /** Rounding of f32 sums of some ten terms, formed in another order. */
  private static final double ROUNDING = 2e-6;

  private static final int B = 2;
  private static final int T = 4;
  private static final int I = 3;
  private static final int H = 5;

  private final FiniteDifferences differences = new FiniteDifferences(new SplittableRandom(29));

  private static final List<long[]> SHAPES =
      List.of(shape(B, T, I), shape(4 * H, I), shape(4 * H, H), shape(4 * H), shape(4 * H));

  private static LstmWeights weights(FiniteDifferences.Inputs p) {
    return new LstmWeights(p.get(1), p.get(2), p.get(3), p.get(4));
  }

  private LstmWeights weights(Scope scope, int inputs, int size) {
    return new LstmWeights(
        differences.random(scope, 4L * size, inputs),
        differences.random(scope, 4L * size, size),
        differences.random(scope, 4L * size),
        differences.random(scope, 4L * size));
  }

  /** The first sequence ends after two positions, or begins at the third. */
  private static Tensor mask(Scope scope, boolean left) {
    int[] mask = {1, 1, 0, 0, 1, 1, 1, 1};
    return scope.ints(left ? new int[] {0, 0, 1, 1, 1, 1, 1, 1} : mask, B, T);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void gradients(boolean reverse) {
    differences.checkInBothTypes(
        SHAPES, p -> Recurrences.lstm(p.get(0), weights(p), null, null, reverse).out());
  }

  @ParameterizedTest
  @CsvSource({"false, false", "false, true", "true, false", "true, true"})
  void gradientsWithPadding(boolean reverse, boolean left) {
    differences.checkInBothTypes(
        SHAPES,
        p -> Recurrences.lstm(p.get(0), weights(p), mask(p.scope(), left), null, reverse).out());
  }

  @ParameterizedTest
  @CsvSource({"false, false", "false, true", "true, false", "true, true"})
  void gradientsFlowFromAndToStates(boolean reverse, boolean padded) {
    List<long[]> shapes =
        List.of(
            shape(B, 2, I),
            shape(4 * H, I),
            shape(4 * H, H),
            shape(4 * H),
            shape(4 * H),
            shape(B, 2, H));
    differences.check(
        shapes,
        p -> {
          Tensor mask = padded ? p.scope().ints(new int[] {1, 0, 1, 1}, B, 2) : null;
          Outcome all = Recurrences.lstm(p.get(0), weights(p), mask, p.get(5), reverse);
          return Ops.add(all.out(), all.state());
        });
  }

  @Test
  void gradientsFlowWhereOnlyTheLastStateIsUsed() {
    differences.check(
        SHAPES,
        p -> {
          Outcome first = Recurrences.lstm(p.get(0), weights(p), null, null, false);
          return Recurrences.lstm(p.get(0), weights(p), null, first.state(), false).state();
        });
  }

  @Test
  void oneStepAtATimeEqualsOnePass() {
    try (Scope scope = Scope.open()) {
      Tensor x = differences.random(scope, B, T, I);
      LstmWeights weights = weights(scope, I, H);
      Outcome whole = Recurrences.lstm(x, weights, null, null, false);
      Tensor state = null;
      for (int t = 0; t < T; t++) {
        float[] values = new float[B * I];
        float[] want = new float[B * H];
        for (int b = 0; b < B; b++) {
          System.arraycopy(x.toFloats(), (b * T + t) * I, values, b * I, I);
          System.arraycopy(whole.out().toFloats(), (b * T + t) * H, want, b * H, H);
        }
        Outcome step = Recurrences.lstm(scope.floats(values, B, 1, I), weights, null, state, false);
        Floats.assertClose("step " + t, step.out().toFloats(), want, ROUNDING, ROUNDING);
        state = step.state();
      }
      float[] last = whole.state().toFloats();
      Floats.assertClose("state", state.toFloats(), last, ROUNDING, ROUNDING);
    }
  }

  @ParameterizedTest
  @CsvSource({"false, false", "false, true", "true, false", "true, true"})
  void paddingDoesNotChangeTheResult(boolean reverse, boolean left) {
    try (Scope scope = Scope.open()) {
      Tensor x = differences.random(scope, B, T, I);
      LstmWeights weights = weights(scope, I, H);
      Outcome padded = Recurrences.lstm(x, weights, mask(scope, left), null, reverse);
      int from = left ? 2 : 0;
      Tensor tokens =
          scope.floats(Arrays.copyOfRange(x.toFloats(), from * I, (from + 2) * I), 1, 2, I);
      Outcome alone = Recurrences.lstm(tokens, weights, null, null, reverse);
      float[] out = padded.out().toFloats();
      Floats.assertClose(
          "out",
          Arrays.copyOfRange(out, from * H, (from + 2) * H),
          alone.out().toFloats(),
          ROUNDING,
          ROUNDING);
      Floats.assertClose(
          "state",
          Arrays.copyOf(padded.state().toFloats(), 2 * H),
          alone.state().toFloats(),
          ROUNDING,
          ROUNDING);
      assertThat(Arrays.copyOfRange(out, (2 - from) * H, (4 - from) * H)).containsOnly(0);
    }
  }

  @Test
  void manyUnitsGiveWhatTheFormulaSays() {
    int size = 37;
    try (Scope scope = Scope.open()) {
      Tensor x = differences.random(scope, 3, T, I);
      LstmWeights w = weights(scope, I, size);
      float[] got = Recurrences.lstm(x, w, null, null, true).out().toFloats();
      float[] want = new float[got.length];
      for (int b = 0; b < 3; b++) {
        double[] h = new double[size];
        double[] c = new double[size];
        for (int t = T - 1; t >= 0; t--) {
          double[] gates = new double[4 * size];
          for (int i = 0; i < gates.length; i++) {
            gates[i] = w.inputBias().getFloat(i) + w.hiddenBias().getFloat(i);
            for (int k = 0; k < I; k++) {
              gates[i] += w.input().getFloat((long) i * I + k) * x.getFloat((b * T + t) * I + k);
            }
            for (int k = 0; k < size; k++) {
              gates[i] += w.hidden().getFloat((long) i * size + k) * h[k];
            }
          }
          for (int j = 0; j < size; j++) {
            double in = sigmoid(gates[j]) * Math.tanh(gates[2 * size + j]);
            c[j] = sigmoid(gates[size + j]) * c[j] + in;
            h[j] = sigmoid(gates[3 * size + j]) * Math.tanh(c[j]);
            want[(b * T + t) * size + j] = (float) h[j];
          }
        }
      }
      Floats.assertClose("out", got, want, 5 * ROUNDING, 5 * ROUNDING);
    }
  }

  private static double sigmoid(double x) {
    return 1 / (1 + Math.exp(-x));
  }

  /** Values of (7 i + 3 seed) mod 11, from -0.5 to 0.5. */
  private static Tensor formula(Scope scope, int seed, long... dims) {
    Tensor tensor = scope.empty(DType.F32, dims);
    for (long i = 0; i < tensor.numElements(); i++) {
      FiniteDifferences.set(tensor, i, ((i * 7 + seed * 3L) % 11 - 5) * 0.1f);
    }
    return tensor.track();
  }

  /**
   * Recorded from torch 2.13: the reverse direction of {@code LSTM(2, 2, bidirectional=True)} over
   * packed sequences of 3 and 2 positions.
   */
  @Test
  void reverseDirectionOfPackedSequencesIsThatOfTorch() {
    try (Scope scope = Scope.open();
        Tape tape = Tape.open(scope)) {
      LstmWeights w =
          new LstmWeights(
              formula(scope, 4, 8, 2),
              formula(scope, 5, 8, 2),
              formula(scope, 6, 8),
              formula(scope, 7, 8));
      float[] inputs = new float[12];
      float[] factors = new float[12];
      for (int i = 0; i < 12; i++) {
        inputs[i] = (i * 5 % 9 - 4) * 0.25f;
        int inBoth = i / 2 * 4 + 2 + i % 2; // the factors are those of both directions
        factors[i] = (inBoth * 3 % 7 - 3) * 0.5f;
      }
      Tensor mask = tape.ints(new int[] {1, 1, 1, 1, 1, 0}, 2, 3);
      Outcome result = Recurrences.lstm(tape.floats(inputs, 2, 3, 2), w, mask, null, true);
      float[] out = {
        0.08526427f,
        -0.05026642f,
        0.08197701f,
        -0.06643907f,
        0.05805993f,
        -0.05446378f,
        -0.03352509f,
        -0.003293891f,
        -0.2076385f,
        0.07420216f,
        0,
        0
      };
      float[] state = {
        0.08526427f, -0.05026642f, 0.1794654f, -0.1008541f, // h and c of each sequence
        -0.03352509f, -0.003293891f, -0.05987197f, -0.006921127f
      };
      Floats.assertClose("out", result.out().toFloats(), out, 1e-6, 0);
      Floats.assertClose("state", result.state().toFloats(), state, 1e-6, 0);
      Tensor loss =
          Ops.add(
              sum(result.out(), factors),
              sum(
                  result.state(),
                  new float[] {0.5f, 0.5f, 0.25f, 0.25f, 0.5f, 0.5f, 0.25f, 0.25f}));
      Gradients gradients = new Gradients(scope);
      tape.backward(loss, gradients);
      float[] dInput = {
        -0.04215287f, 0.0693073f, -0.009109214f, -0.0344714f, -0.07369629f, 0.05177746f,
        -0.01413248f, 0.03437895f, -1.339915f, 0.2115406f, 0.09371986f, -0.01670587f,
        -0.09974123f, 0.1206567f, -0.03603851f, 0.05794692f
      };
      float[] dHidden = {
        0.005188114f, -0.003575957f, 0.01161222f, -0.005097439f, -0.0003733344f, -0.002483334f,
        -0.004763815f, 0.001287758f, 0.1562321f, -0.1099943f, -0.03743976f, 0.01985097f,
        0.005442533f, -0.005954324f, 0.003885183f, -0.003540469f
      };
      float[] dBias = {
        -0.01540415f,
        -0.01543285f,
        0.100379f,
        0.03880914f,
        1.514836f,
        -0.06108588f,
        0.02164379f,
        -0.004591901f
      };
      Floats.assertClose("input", gradients.of(w.input()).toFloats(), dInput, 1e-6, 1e-6);
      Floats.assertClose("hidden", gradients.of(w.hidden()).toFloats(), dHidden, 1e-6, 1e-6);
      Floats.assertClose("bias", gradients.of(w.inputBias()).toFloats(), dBias, 1e-6, 1e-6);
      Floats.assertClose("bias", gradients.of(w.hiddenBias()).toFloats(), dBias, 1e-6, 1e-6);
    }
  }

  private static Tensor sum(Tensor x, float[] factors) {
    Tensor row = x.scope().floats(factors, 1, factors.length);
    return Ops.linear(x.reshape(1, -1), row, null, false);
  }

  @Test
  void weightsThatDoNotFitAreRefused() {
    try (Scope scope = Scope.open()) {
      Tensor x = differences.random(scope, B, T, I + 1);
      LstmWeights weights = weights(scope, I, H);
      assertThatThrownBy(() -> Recurrences.lstm(x, weights, null, null, false))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("lstm: input: must be (20, 4), got (20, 3)");
      Tensor empty = scope.empty(DType.F32, B, 0, I);
      assertThatThrownBy(() -> Recurrences.lstm(empty, weights, null, null, false))
          .hasMessage("lstm: x must be (B, T, I) with at least one position, got (2, 0, 3)");
    }
  }
}
