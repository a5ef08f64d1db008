package dev.rapt.autograd;

import static dev.rapt.autograd.FiniteDifferences.shape;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.rapt.autograd.expert.ExpertChoice;
import dev.rapt.autograd.expert.ExpertDispatch;
import dev.rapt.autograd.expert.ExpertMatrices;
import dev.rapt.autograd.expert.ExpertWeighting;
import dev.rapt.autograd.loss.Losses;
import dev.rapt.kernel.Activation;
import dev.rapt.kernel.Gating;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ExpertsTest {
  private static final float[] LOGITS = {1, -0.5f, 2, 0.25f, 0.3f, 0.29f, -1, 0.31f};
  private static final int[] CHOSEN = {2, 0, 3, 0};

  private final FiniteDifferences differences = new FiniteDifferences(new SplittableRandom(13));

  @Test
  void theLargestAreChosenAndTiesGoToTheFirst() {
    assertThat(choose(ExpertChoice.largest(2), LOGITS, 4)).containsExactly(CHOSEN);
    assertThat(choose(ExpertChoice.largest(3), new float[] {1, 2, 2, 2, 0}, 5))
        .containsExactly(1, 2, 3);
    assertThat(choose(ExpertChoice.largest(2), new float[] {-5, -5, -5}, 3)).containsExactly(0, 1);
  }

  @Test
  void onlyTheBestGroupsAreOpen() {
    float[] logits = {9, -9, 5, 6, 1, 0, 7, 3};
    assertThat(choose(grouped(3, ExpertChoice.Score.LOGIT, 2, 1), logits, 8))
        .containsExactly(0, 6, 7);
    // by sums of two: 0, 11, 1 and 10
    assertThat(choose(grouped(3, ExpertChoice.Score.LOGIT, 2, 2), logits, 8))
        .containsExactly(6, 3, 2);
  }

  private static ExpertChoice grouped(int topK, ExpertChoice.Score score, int kept, int scoredBy) {
    return new ExpertChoice(topK, score, null, new ExpertChoice.Groups(4, kept, scoredBy));
  }

  @Test
  void biasIsAddedToTheScoreOfTheChoiceAlone() {
    try (Scope scope = Scope.open()) {
      Tensor bias = scope.floats(new float[] {0, 0.5f, 0, 0}, 4);
      ExpertChoice choice =
          new ExpertChoice(2, ExpertChoice.Score.SIGMOID, bias, ExpertChoice.Groups.NONE);
      // sigmoids are 0.73, 0.38, 0.88 and 0.56
      assertThat(choice.choose(scope.floats(LOGITS, 2, 4)).toInts()).startsWith(2, 1);
    }
  }

  @Test
  void impossibleChoicesAreRefused() {
    assertThatThrownBy(() -> choose(ExpertChoice.largest(5), LOGITS, 4))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("must allow a choice of 5 of 4 experts");
  }

  private static int[] choose(ExpertChoice choice, float[] logits, int numExperts) {
    try (Scope scope = Scope.open()) {
      return choice.choose(scope.floats(logits, logits.length / numExperts, numExperts)).toInts();
    }
  }

  @Test
  void weightsAreThoseOfTheReference() {
    weights(
        new ExpertWeighting.Softmax(false, 1), 0.6158627f, 0.22656325f, 0.30863544f, 0.30556446f);
    weights(new ExpertWeighting.Softmax(true, 1), 0.7310586f, 0.26894143f, 0.5025f, 0.49750003f);
    weights(
        new ExpertWeighting.Sigmoid(true, 2.5f), 1.3661227f, 1.1338773f, 1.2526522f, 1.2473478f);
    weights(
        new ExpertWeighting.Sigmoid(false, 1.5f), 1.3211956f, 1.0965879f, 0.86532795f, 0.86166376f);
    // as the reference chooses outside training
    weights(new ExpertWeighting.SparseMixer(0.25f), 0.7310586f, 1, 0.33667216f, 0.5025f);
  }

  private static void weights(ExpertWeighting weighting, float... want) {
    try (Scope scope = Scope.open()) {
      Tensor weights =
          Experts.weights(scope.floats(LOGITS, 2, 4), scope.ints(CHOSEN, 2, 2), weighting);
      assertThat(weights.toFloats()).containsExactly(want, within(1e-6f));
    }
  }

  static List<ExpertWeighting> weightings() {
    return List.of(
        new ExpertWeighting.Softmax(false, 1),
        new ExpertWeighting.Softmax(true, 1.5f),
        new ExpertWeighting.Sigmoid(false, 2.5f),
        new ExpertWeighting.Sigmoid(true, 2.5f),
        new ExpertWeighting.SparseMixer(0.25f));
  }

  @ParameterizedTest
  @MethodSource("weightings")
  void gradientsOfWeights(ExpertWeighting weighting) {
    int[] chosen = {2, 0, 1, 4};
    differences.check(
        List.of(shape(2, 5)),
        p -> {
          // spread, so that nobody comes near the threshold of the sparse mixer
          Tensor spread = p.scope().floats(new float[] {3, 0, 5, 1, 2, 1, 6, 0, 1, 4}, 2, 5);
          Tensor logits = Ops.add(Ops.scale(p.get(0), 0.05f), spread);
          Tensor weights = Experts.weights(logits, p.scope().ints(chosen, 2, 2), weighting);
          return Ops.scale(weights, 20);
        });
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void mixtureOfStackedExperts(boolean inputMajor) {
    int[] chosen = {2, 0, 3, 0, 0, 2, 2, 3, 0, 3}; // nobody goes to expert 1
    long[] in = inputMajor ? shape(4, 6, 10) : shape(4, 10, 6);
    long[] out = inputMajor ? shape(4, 5, 6) : shape(4, 6, 5);
    differences.check(
        List.of(shape(5, 6), in, shape(4, 10), out, shape(5, 2)),
        p -> {
          ExpertDispatch dispatch = ExpertDispatch.of(p.scope().ints(chosen, 5, 2), 4);
          Tensor rows = Experts.dispatch(p.get(0), dispatch);
          ExpertMatrices up = new ExpertMatrices.Stacked(p.get(1), inputMajor);
          ExpertMatrices down = new ExpertMatrices.Stacked(p.get(3), inputMajor);
          Tensor inside =
              Ops.gate(
                  Experts.linear(rows, up, p.get(2), dispatch),
                  GateLayout.INTERLEAVED,
                  new Gating.Product(Activation.SILU));
          return Experts.combine(Experts.linear(inside, down, null, dispatch), p.get(4), dispatch);
        });
  }

  @Test
  void mixtureOfSeparateExpertsInBf16() {
    int[] chosen = {2, 0, 0, 2, 2, 0, 0, 2, 0, 2};
    differences.checkInBf16(
        List.of(shape(5, 6), shape(7, 6), shape(7, 6), shape(7, 6)),
        p -> {
          ExpertDispatch dispatch = ExpertDispatch.of(p.scope().ints(chosen, 5, 2), 3);
          ExpertMatrices weights = new ExpertMatrices.Separate(p.tensors().subList(1, 4));
          Tensor mix = p.scope().floats(new float[] {1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, 5, 2);
          Tensor rows = Experts.dispatch(p.get(0), dispatch);
          return Experts.combine(Experts.linear(rows, weights, null, dispatch), mix, dispatch);
        });
  }

  @Test
  void expertsSideBySideGiveWhatTheyGiveAlone() {
    int numExperts = 16;
    int numTokens = 300;
    try (Scope scope = Scope.open()) {
      Tensor x = differences.random(scope, numTokens, 8);
      Tensor weight = differences.random(scope, numExperts, 12, 8);
      int[] chosen = new int[numTokens];
      for (int n = 0; n < numTokens; n++) {
        chosen[n] = n * 7 % numExperts;
      }
      ExpertDispatch dispatch = ExpertDispatch.of(scope.ints(chosen, numTokens, 1), numExperts);
      Tensor out =
          Experts.linear(
              Experts.dispatch(x, dispatch),
              new ExpertMatrices.Stacked(weight, false),
              null,
              dispatch);
      for (int n = 0; n < numTokens; n++) {
        long m = dispatch.place(n, 0);
        for (int i = 0; i < 12; i++) {
          double want = 0;
          for (int d = 0; d < 8; d++) {
            want += (double) x.getFloat(n * 8 + d) * weight.getFloat((chosen[n] * 12 + i) * 8 + d);
          }
          assertThat((double) out.getFloat(m * 12 + i)).isCloseTo(want, within(1e-4));
        }
      }
    }
  }

  @Test
  void loadBalanceIsThatOfTheReference() {
    try (Scope scope = Scope.open()) {
      Tensor first = scope.floats(LOGITS, 2, 4);
      Tensor second = scope.floats(new float[] {0.25f, 2, -0.5f, 1, 0.31f, -1, 0.29f, 0.3f}, 2, 4);
      Tensor mask = scope.ints(new int[] {1, 0}, 1, 2);
      List<Tensor> layers = List.of(first, second);
      assertThat(Losses.loadBalance(layers, 2, null).getFloat(0)).isCloseTo(1.9478f, within(1e-4f));
      assertThat(Losses.loadBalance(layers, 2, mask).getFloat(0)).isCloseTo(2, within(1e-4f));
    }
  }

  @Test
  void gradientOfLoadBalance() {
    differences.check(
        List.of(shape(3, 4), shape(3, 4)),
        p -> {
          Tensor spread = p.scope().floats(new float[] {0, 4, 2, 6, 4, 0, 6, 2, 6, 2, 0, 4}, 3, 4);
          List<Tensor> layers =
              List.of(
                  Ops.add(Ops.scale(p.get(0), 0.1f), spread),
                  Ops.add(Ops.scale(p.get(1), 0.1f), spread));
          Tensor mask = p.scope().ints(new int[] {1, 0, 1}, 3);
          return Ops.scale(Losses.loadBalance(layers, 2, mask), 50);
        });
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 40})
  void matricesThatAreWrittenWhenNeededGiveWhatOthersGive(int numTokens) {
    int X = 3, K = 5, N = 150;
    SplittableRandom random = new SplittableRandom(numTokens);
    try (Scope scope = Scope.open()) {
      float[] weights = floats(random, X * N * K);
      ExpertMatrices kept = new ExpertMatrices.Stacked(scope.floats(weights, X, N, K), false);
      ExpertMatrices written =
          new ExpertMatrices.Unpacked(
              X,
              K,
              N,
              (e, from, to, _, out) ->
                  MemorySegment.copy(
                      weights,
                      Math.toIntExact((e * (long) N + from) * K),
                      out,
                      ValueLayout.JAVA_FLOAT,
                      0,
                      Math.toIntExact((to - from) * K)));
      int[] chosen = random.ints(numTokens, 0, X).toArray();
      ExpertDispatch dispatch = ExpertDispatch.of(scope.ints(chosen, numTokens, 1), X);
      float[] x = floats(random, numTokens * K);
      Tensor bias = scope.floats(floats(random, X * N), X, N);
      for (boolean ofGradients : new boolean[] {false, true}) {
        assertThat(result(scope, x, written, bias, dispatch, ofGradients))
            .usingComparatorWithPrecision(1e-4f)
            .containsExactly(result(scope, x, kept, bias, dispatch, ofGradients));
      }
    }
  }

  /** The product, or the gradient of half the sum of its squares. */
  private static float[] result(
      Scope scope,
      float[] x,
      ExpertMatrices weights,
      Tensor bias,
      ExpertDispatch dispatch,
      boolean ofGradients) {
    try (Tape tape = Tape.open(scope)) {
      Tensor rows = tape.floats(x, x.length / weights.inputSize(), weights.inputSize()).track();
      Tensor out = Experts.linear(rows, weights, bias, dispatch);
      float[] values = out.toFloats();
      if (!ofGradients) {
        return values;
      }
      Backward backward = new Backward(tape, new Gradients(tape));
      tape.backward(out, tape.floats(values, out.shape().toArray()), backward);
      return Objects.requireNonNull(backward.take(rows)).toFloats();
    }
  }

  private static float[] floats(SplittableRandom random, int count) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) random.nextDouble(-1, 1);
    }
    return values;
  }
}
