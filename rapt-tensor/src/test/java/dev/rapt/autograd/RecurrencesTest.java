package dev.rapt.autograd;

import static dev.rapt.autograd.FiniteDifferences.shape;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.rapt.kernel.Activation;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RecurrencesTest {
  private final FiniteDifferences differences = new FiniteDifferences(new SplittableRandom(17));

  @Test
  void convolutionSeesNothingLater() {
    try (Scope scope = Scope.open()) {
      Tensor x = scope.floats(new float[] {1, 10, 2, 20, 3, 30}, 1, 3, 2);
      Tensor weight = scope.floats(new float[] {0.5f, 1, 2, 3}, 2, 2);
      Tensor bias = scope.floats(new float[] {100, 0}, 2);
      assertThat(Recurrences.causalConv(x, weight, bias, null).toFloats())
          .containsExactly(101, 30, 102.5f, 80, 104, 130);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 4})
  void gradientsOfConvolution(int kernelSize) {
    differences.checkInBothTypes(
        List.of(shape(2, 5, 3), shape(3, 1, kernelSize), shape(3)),
        p -> Recurrences.causalConv(p.get(0), p.get(1), p.get(2), null));
  }

  @Test
  void gradientsOfConvolutionAfterAState() {
    float[] before = {1, -1, 0.5f, 2, 0.3f, -0.7f};
    differences.check(
        List.of(shape(1, 4, 2), shape(2, 4)),
        p -> Recurrences.causalConv(p.get(0), p.get(1), null, p.scope().floats(before, 1, 3, 2)));
  }

  @Test
  void convolutionInPiecesEqualsOnePass() {
    try (Scope scope = Scope.open()) {
      Tensor x = differences.random(scope, 1, 7, 3);
      Tensor weight = differences.random(scope, 3, 4);
      float[] whole = Recurrences.causalConv(x, weight, null, null).toFloats();
      Tensor state = null;
      int at = 0;
      for (int length : new int[] {1, 4, 2}) {
        Tensor piece = piece(x, at, length);
        float[] got = Recurrences.causalConv(piece, weight, null, state).toFloats();
        assertThat(got)
            .containsExactly(Arrays.copyOfRange(whole, at * 3, (at + length) * 3), within(1e-6f));
        state = Recurrences.causalConvState(piece, 4, state);
        at += length;
      }
    }
  }

  /** As long as two chunks and a bit, so that states are computed again. */
  private static final int LONG = 67;

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void gradientsOfLinearAttention(boolean delta) {
    List<long[]> shapes =
        List.of(
            shape(1, LONG, 2, 3),
            shape(1, LONG, 2, 3),
            shape(1, LONG, 2, 4),
            shape(1, LONG, 2),
            shape(1, LONG, 2));
    Function<FiniteDifferences.Inputs, Tensor> function =
        p ->
            Recurrences.linearAttention(
                    p.get(0),
                    Ops.l2Norm(p.get(1), 1e-6f),
                    p.get(2),
                    Ops.scale(Ops.activate(p.get(3), Activation.SIGMOID), -0.5f),
                    delta ? Ops.activate(p.get(4), Activation.SIGMOID) : null,
                    null)
                .out();
    differences.check(delta ? shapes : shapes.subList(0, 4), function);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void linearAttentionInPiecesEqualsOnePass(boolean delta) {
    try (Scope scope = Scope.open()) {
      Tensor q = differences.random(scope, 1, 7, 2, 3);
      Tensor k = Ops.l2Norm(differences.random(scope, 1, 7, 2, 3), 1e-6f);
      Tensor v = differences.random(scope, 1, 7, 2, 4);
      Tensor decay =
          Ops.scale(Ops.activate(differences.random(scope, 1, 7, 2), Activation.SIGMOID), -1);
      Tensor beta = Ops.activate(differences.random(scope, 1, 7, 2), Activation.SIGMOID);
      float[] whole =
          Recurrences.linearAttention(q, k, v, decay, delta ? beta : null, null).out().toFloats();
      Tensor state = null;
      int at = 0;
      for (int length : new int[] {1, 4, 2}) {
        Recurrences.Outcome piece =
            Recurrences.linearAttention(
                piece(q, at, length),
                piece(k, at, length),
                piece(v, at, length),
                piece(decay, at, length),
                delta ? piece(beta, at, length) : null,
                state);
        assertThat(piece.out().toFloats())
            .containsExactly(Arrays.copyOfRange(whole, at * 8, (at + length) * 8), within(1e-5f));
        state = piece.state();
        at += length;
      }
    }
  }

  @Test
  void gradientsOfSelectiveScan() {
    differences.check(
        List.of(
            shape(1, LONG, 3),
            shape(1, LONG, 3),
            shape(3, 2),
            shape(1, LONG, 2),
            shape(1, LONG, 2)),
        p ->
            Recurrences.selectiveScan(
                    p.get(0),
                    Ops.activate(p.get(1), Activation.SOFTPLUS),
                    Ops.scale(Ops.activate(p.get(2), Activation.EXP), -1),
                    p.get(3),
                    p.get(4),
                    null)
                .out());
  }

  @Test
  void selectiveScanOfManyChannelsInPiecesEqualsTheFormula() {
    int C = 130;
    try (Scope scope = Scope.open()) {
      Tensor x = differences.random(scope, 1, 5, C);
      Tensor dt = Ops.activate(differences.random(scope, 1, 5, C), Activation.SOFTPLUS);
      Tensor a = Ops.scale(Ops.activate(differences.random(scope, C, 2), Activation.EXP), -1);
      Tensor b = differences.random(scope, 1, 5, 2);
      Tensor c = differences.random(scope, 1, 5, 2);
      Tensor head =
          Recurrences.selectiveScan(
                  piece(x, 0, 3), piece(dt, 0, 3), a, piece(b, 0, 3), piece(c, 0, 3), null)
              .state();
      float[] got =
          Recurrences.selectiveScan(
                  piece(x, 3, 2), piece(dt, 3, 2), a, piece(b, 3, 2), piece(c, 3, 2), head)
              .out()
              .toFloats();
      for (int i = 0; i < C; i++) {
        double[] h = new double[2];
        for (int t = 0; t < 5; t++) {
          double out = 0;
          for (int n = 0; n < 2; n++) {
            double step = dt.getFloat(t * C + i);
            h[n] = Math.exp(step * a.getFloat(i * 2 + n)) * h[n];
            h[n] += step * b.getFloat(t * 2 + n) * x.getFloat(t * C + i);
            out += c.getFloat(t * 2 + n) * h[n];
          }
          if (t >= 3) {
            assertThat((double) got[(t - 3) * C + i]).isCloseTo(out, within(1e-4));
          }
        }
      }
    }
  }

  @Test
  void gradientsOfWkv() {
    differences.checkInBothTypes(
        List.of(shape(2, 6, 3), shape(2, 6, 3), shape(3), shape(3)),
        p -> Recurrences.wkv(p.get(0), p.get(1), p.get(2), p.get(3), null, null).out());
  }

  @Test
  void wkvIsAWeightedMeanAndGoesOn() {
    try (Scope scope = Scope.open()) {
      Tensor decay = scope.floats(new float[] {-0.5f}, 1);
      Tensor first = scope.floats(new float[] {0.3f}, 1);
      Tensor k = scope.floats(new float[] {0.1f, -2, 60}, 1, 3, 1);
      Tensor v = scope.floats(new float[] {4, 5, 7}, 1, 3, 1);
      Recurrences.Outcome begun =
          Recurrences.wkv(piece(k, 0, 1), piece(v, 0, 1), decay, first, null, null);
      assertThat(begun.out().getFloat(0)).isEqualTo(4);
      float[] rest =
          Recurrences.wkv(piece(k, 1, 2), piece(v, 1, 2), decay, first, null, begun.state())
              .out()
              .toFloats();
      double old = Math.exp(0.1f);
      double now = Math.exp(-2 + 0.3f);
      assertThat((double) rest[0]).isCloseTo((old * 4 + now * 5) / (old + now), within(1e-6));
      assertThat(rest[1]).isEqualTo(7);
    }
  }

  /** Positions [at, at + length) of the only sequence. */
  private static Tensor piece(Tensor x, int at, int length) {
    long[] dims = x.shape().toArray();
    int each = (int) (x.numElements() / dims[1]);
    dims[1] = length;
    float[] values = Arrays.copyOfRange(x.toFloats(), at * each, (at + length) * each);
    return x.scope().floats(values, dims);
  }
}
